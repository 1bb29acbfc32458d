// Against a real server that speaks S3, in buckets made for it: S3_ENDPOINT names it.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { MIB } from '../../../lib/byte-units.ts'
import { systemClock } from '../../../lib/system-clock.ts'
import { openTestBucket, settingsOf } from '../../../testing/s3-bucket.ts'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import { objectsContract } from '../objects-contract.ts'
import { openS3Objects } from './s3-objects.ts'

objectsContract('Objects in a bucket', async () => {
  const on = await openTestBucket()
  return { objects: on.objects, close: async () => on[Symbol.asyncDispose]() }
})

test('a large file is streamed there and back', async () => {
  await using on = await openTestBucket()
  const path = join(on.folder, 'large')
  const bytes = Buffer.alloc(40 * MIB + 1, randomBytes(1 << 16))
  await writeFile(path, bytes)
  await on.objects.upload('large', path)
  const { path: copy, release } = await on.objects.open('large')
  assert.ok(bytes.equals(await readFile(copy)))
  await release()
})

test('local copies go when they are released, and take no more room than they may', async () => {
  await using on = await openTestBucket({ scratchBytesMax: 250 })
  for (const key of ['a', 'b', 'c']) await on.objects.write(key, Buffer.alloc(100))
  const [a, b] = [await on.objects.open('a'), await on.objects.open('b')]
  await assert.rejects(on.objects.open('c'), { code: 'scratch_full', message: /200 of 250 bytes are in use/ })
  assert.equal((await readdir(on.scratchDirectory)).length, 2)
  await a.release()
  await a.release()
  const c = await on.objects.open('c')
  assert.equal((await stat(c.path)).size, 100)
  await Promise.all([b.release(), c.release()])
  assert.deepEqual(await readdir(on.scratchDirectory), [])
})

test('more objects are removed than one request takes', async () => {
  await using on = await openTestBucket()
  const keys = Array.from({ length: 2_001 }, (_, i) => `many/${i}`)
  await on.objects.write(keys[0]!, Buffer.from('first'))
  await on.objects.write(keys.at(-1)!, Buffer.from('last'))
  await on.objects.remove(keys)
  assert.deepEqual(await on.objects.list(''), [])
})

test('a bucket that is not there is named', async () => {
  await using directory = await temporaryDirectory()
  const settings = settingsOf('s3://tally-test-not-there')
  const deps = { clock: systemClock, random: Math.random, scratchDirectory: join(directory.path, 'scratch') }
  const objects = await openS3Objects(settings, deps)
  const path = join(directory.path, 'file')
  await writeFile(path, 'x')
  for (const call of [
    () => objects.write('k', Buffer.from('x')),
    () => objects.read('k'),
    () => objects.upload('k', path),
    () => objects.open('k'),
    () => objects.list(''),
    () => objects.remove(['k']),
  ]) {
    await assert.rejects(call, { code: 'bucket_missing', message: /no bucket tally-test-not-there: make it/ })
  }
  assert.equal(await readFile(path, 'utf8'), 'x')
  objects.close()
})
