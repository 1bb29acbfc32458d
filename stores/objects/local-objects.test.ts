import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { openLocalObjects } from './local-objects.ts'
import { objectsContract } from './objects-contract.ts'

/** A file system in memory, where the system has one. */
const OTHER_FILE_SYSTEM = '/dev/shm'

objectsContract('Objects on a local disk', async () => {
  const directory = await temporaryDirectory()
  const objects = await openLocalObjects(join(directory.path, 'made', 'objects'))
  return { objects, close: async () => directory[Symbol.asyncDispose]() }
})

test('what was left half-written is not listed and goes when a later process opens it', async () => {
  await using directory = await temporaryDirectory()
  const objects = await openLocalObjects(directory.path)
  await objects.write('whole', Buffer.from('whole'))
  await writeFile(join(directory.path, '~drafts', 'half'), 'ha')
  assert.deepEqual(
    (await objects.list('')).map(({ key }) => key),
    ['whole'],
  )
  const drafts = join(directory.path, '~drafts')
  await openLocalObjects(directory.path) // as another thread of this process does
  assert.deepEqual(await readdir(drafts), ['half'])
  const beforeS = Date.now() / 1_000 - process.uptime() - 1
  await utimes(join(drafts, 'half'), beforeS, beforeS)
  await openLocalObjects(directory.path)
  assert.deepEqual(await readdir(drafts), [])
  assert.equal((await objects.list('')).length, 1)
})

test('a draft is gone once its write failed', async () => {
  await using directory = await temporaryDirectory()
  const objects = await openLocalObjects(directory.path)
  await mkdir(join(directory.path, 'k'))
  await assert.rejects(objects.write('k', Buffer.from('x')), { code: 'EISDIR' })
  assert.deepEqual(await readdir(join(directory.path, '~drafts')), [])
})

test('an object is opened where it lies, and folders without objects go', async () => {
  await using directory = await temporaryDirectory()
  const objects = await openLocalObjects(directory.path)
  await objects.write('d/e/k', Buffer.from('x'))
  const { path } = await objects.open('d/e/k')
  assert.equal(path, join(directory.path, 'd', 'e', 'k'))
  await objects.remove(['d/e/k'])
  assert.deepEqual(await readdir(directory.path), ['~drafts'])
})

test('an upload from another file system arrives whole', { skip: await isSameFileSystem() }, async () => {
  await using directory = await temporaryDirectory()
  const objects = await openLocalObjects(directory.path)
  const path = join(OTHER_FILE_SYSTEM, `tally-test-${process.pid}`)
  await writeFile(path, 'from afar')
  await objects.upload('d/k', path)
  assert.equal(await readFile(join(directory.path, 'd', 'k'), 'utf8'), 'from afar')
  await assert.rejects(readFile(path), { code: 'ENOENT' })
})

async function isSameFileSystem(): Promise<boolean> {
  const other = await stat(OTHER_FILE_SYSTEM).catch(() => null)
  return other === null || other.dev === (await stat(tmpdir())).dev
}
