import assert from 'node:assert/strict'
import { chmod, lstat, mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { buildServer } from './http/server.ts'
import { keepPrivate } from './private-files.ts'

const { log } = buildServer()
const modeOf = async (path: string) => ((await lstat(path)).mode & 0o777).toString(8)

test('what is made from now on is the account’s alone, and what was wider is narrowed', async () => {
  await using directory = await temporaryDirectory()
  const root = join(directory.path, 'data')
  process.umask(0)
  await mkdir(join(root, 'log'), { recursive: true })
  await writeFile(join(root, 'log', 'old'), 'x')
  await writeFile(join(directory.path, 'other'), 'x')
  await symlink(join(directory.path, 'other'), join(root, 'link'))
  await keepPrivate([root, join(directory.path, 'not-there')], log)
  await mkdir(join(root, 'new'))
  await writeFile(join(root, 'new', 'file'), 'x')
  const modes = await Promise.all(
    ['', 'log', 'log/old', 'new', 'new/file', '../other'].map((path) => modeOf(join(root, path))),
  )
  assert.deepEqual(modes, ['700', '700', '600', '700', '600', '666'])
})

test('a file within a private folder is not looked for', async () => {
  await using directory = await temporaryDirectory()
  const inner = join(directory.path, 'inner')
  await mkdir(inner)
  await chmod(inner, 0o755)
  await chmod(directory.path, 0o700)
  await keepPrivate([directory.path], log)
  assert.equal(await modeOf(inner), '755')
})
