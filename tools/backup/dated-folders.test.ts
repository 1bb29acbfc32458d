import assert from 'node:assert/strict'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { folderNameAt, removeOlder } from './dated-folders.ts'

const nameOf = (day: number) => folderNameAt(Date.UTC(2026, 10, day, 2, 20, 5, 7))

async function makeFolder(root: string, name: string, isWhole: boolean): Promise<void> {
  await mkdir(join(root, name))
  await writeFile(join(root, name, 'rollups'), 'rows')
  if (isWhole) await writeFile(join(root, name, 'manifest.json'), '{}')
}

test('a folder is named by its second, so that names are in the order of time', () => {
  assert.equal(nameOf(3), '2026-11-03T02-20-05Z')
})

test('the newest whole backups stay, and what is no backup of this folder', async () => {
  await using directory = await temporaryDirectory()
  const root = directory.path
  for (const day of [1, 3, 4, 6]) await makeFolder(root, nameOf(day), true)
  for (const day of [2, 5, 7]) await makeFolder(root, nameOf(day), false) // killed, or under way
  for (const name of ['2026-11-01', 'lost+found']) await makeFolder(root, name, true)
  assert.deepEqual(await removeOlder(root, 5), [])
  assert.deepEqual(await removeOlder(root, 2), [nameOf(1), nameOf(2), nameOf(3)])
  const rest = ['2026-11-01', nameOf(4), nameOf(5), nameOf(6), nameOf(7), 'lost+found']
  assert.deepEqual((await readdir(root)).sort(), rest)
  assert.deepEqual(await removeOlder(root, 2), [])
})

test('a folder that cannot be read is told, and that the backup is whole', async () => {
  await assert.rejects(removeOlder('/no/folder', 1), {
    name: 'Fault',
    message: /^The backup is whole, but older ones in \/no\/folder could not be removed: ENOENT/,
  })
})
