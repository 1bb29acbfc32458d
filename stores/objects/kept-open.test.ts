import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { keptOpen } from './kept-open.ts'
import { openLocalObjects } from './local-objects.ts'
import type { ObjectStore } from './objects.ts'
import { objectsContract } from './objects-contract.ts'

objectsContract('Objects that are kept open', async () => {
  const directory = await temporaryDirectory()
  const objects = keptOpen(await openLocalObjects(join(directory.path, 'objects')), 10)
  return { objects, close: async () => directory[Symbol.asyncDispose]() }
})

/** Objects of four bytes each, and what was opened and released of them. */
async function watched(path: string, bytesMax: number) {
  const local = await openLocalObjects(path)
  for (const key of ['a', 'b', 'c']) await local.write(key, Buffer.from(`${key.repeat(4)}`))
  const calls: string[] = []
  const objects: ObjectStore = {
    ...{ write: local.write.bind(local), upload: local.upload.bind(local), read: local.read.bind(local) },
    ...{ list: local.list.bind(local), remove: local.remove.bind(local) },
    open: async (key) => {
      calls.push(`open ${key}`)
      const { path, release } = await local.open(key)
      return {
        path,
        release: async () => {
          calls.push(`release ${key}`)
          await release()
        },
      }
    },
  }
  const kept = keptOpen(objects, bytesMax)
  const use = async (key: string) => {
    const { path, release } = await kept.open(key)
    assert.equal(await readFile(path, 'utf8'), key.repeat(4))
    await release()
    await release()
  }
  return { kept, use, calls }
}

test('an object that is used again is opened once, and the least recently used is released', async () => {
  await using directory = await temporaryDirectory()
  const { use, calls } = await watched(directory.path, 8)
  for (const key of ['a', 'b', 'a', 'b', 'a', 'c', 'a', 'b']) await use(key)
  const first = ['open a', 'open b', 'open c', 'release b']
  assert.deepEqual(calls, [...first, 'open b', 'release c'])
})

test('what is in use is not released, however large', async () => {
  await using directory = await temporaryDirectory()
  const { kept, use, calls } = await watched(directory.path, 1)
  const [one, same] = await Promise.all([kept.open('a'), kept.open('a')])
  await use('b')
  await one.release()
  assert.deepEqual(calls, ['open a', 'open b', 'release b'])
  await same.release()
  assert.deepEqual(calls.slice(3), ['release a'])
})

test('what is removed while it is in use is released after its use', async () => {
  await using directory = await temporaryDirectory()
  const { kept, use, calls } = await watched(directory.path, 100)
  const one = await kept.open('a')
  await kept.remove(['a', 'b'])
  assert.deepEqual(calls, ['open a'])
  await one.release()
  assert.deepEqual(calls, ['open a', 'release a'])
  await assert.rejects(kept.open('a'), { code: 'object_missing' })
  await use('c')
})

test('where there is no room for another one, what is not in use makes room', async () => {
  await using directory = await temporaryDirectory()
  const local = await openLocalObjects(directory.path)
  for (const key of ['a', 'b', 'c']) await local.write(key, Buffer.from(key))
  let open = 0
  const cramped: ObjectStore = {
    ...{ write: local.write.bind(local), upload: local.upload.bind(local), read: local.read.bind(local) },
    ...{ list: local.list.bind(local), remove: local.remove.bind(local) },
    open: async (key) => {
      if (open === 2) throw new Error('no room')
      open++
      const { path, release } = await local.open(key)
      return {
        path,
        release: async () => {
          open--
          await release()
        },
      }
    },
  }
  const kept = keptOpen(cramped, 100)
  const used = await kept.open('a')
  await (await kept.open('b')).release()
  const other = await kept.open('c')
  await assert.rejects(kept.open('b'), /no room/)
  await used.release()
  await other.release()
  await (await kept.open('b')).release()
})
