import assert from 'node:assert/strict'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { makeFolders } from './make-folders.ts'

test('A folder is made with all that it lies in, and is left as it is where it is there', async () => {
  await using directory = await temporaryDirectory()
  const path = join(directory.path, 'a', 'b', 'c')
  await makeFolders(path, 0o700)
  await makeFolders(path, 0o755)
  for (const made of [path, join(directory.path, 'a')]) assert.equal((await stat(made)).mode & 0o777, 0o700)
})

test('A file in the way is an error', async () => {
  await using directory = await temporaryDirectory()
  const file = join(directory.path, 'file')
  await writeFile(file, '')
  await assert.rejects(makeFolders(file), { code: 'EEXIST' })
  await assert.rejects(makeFolders(join(file, 'below')), { code: 'ENOTDIR' })
})

test('Where the file system takes no folders it fails', { skip: process.platform !== 'linux' }, async () => {
  await assert.rejects(makeFolders('/proc/nowhere'), { code: 'ENOENT' })
  await assert.rejects(makeFolders('/proc/nowhere/below'), { code: 'ENOENT' })
})
