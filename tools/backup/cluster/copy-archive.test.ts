import assert from 'node:assert/strict'
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { openLocalObjects } from '../../../stores/objects/local-objects.ts'
import type { ObjectStore } from '../../../stores/objects/objects.ts'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import { BackupFolder } from './backup-folder.ts'
import { copyArchive } from './copy-archive.ts'

const HOUR = 'date=2026-11-30/hour=02'
const RAW = ['one', 'two'].map((name) => `${HOUR}/${name}.00000000.parquet`)
const MERGED = `${HOUR}/merged-1.00000000.parquet`
const entryOf = (key: string) => `manifest/${key}.listed`

async function archiveWith(directory: string, keys: readonly string[]): Promise<ObjectStore> {
  const objects = await openLocalObjects(directory)
  for (const key of keys) await objects.write(key, Buffer.from(key))
  return objects
}

/** With other methods in place of some. */
function changed(objects: ObjectStore, methods: Partial<ObjectStore>): ObjectStore {
  return {
    write: objects.write,
    read: (key) => objects.read(key),
    list: (prefix) => objects.list(prefix),
    open: (key) => objects.open(key),
    upload: objects.upload,
    remove: objects.remove,
    ...methods,
  }
}

/** The copied files. */
async function copyOf(objects: ObjectStore, directory: string): Promise<readonly string[]> {
  const out = join(directory, 'backup')
  await mkdir(out)
  await copyArchive(objects, new BackupFolder(out), () => {})
  const found = await readdir(out, { recursive: true, withFileTypes: true })
  const files = found.filter((entry) => entry.isFile())
  return files.map(({ parentPath, name }) => join(parentPath, name).slice(out.length + 1)).sort()
}

test('everything is copied but plans of recounts', async () => {
  await using directory = await temporaryDirectory()
  const kept = [...RAW, entryOf(RAW[0]!), 'checkpoints/aa-0.json', 'dimensions/country/x', 'unreadable/y']
  const objects = await archiveWith(join(directory.path, 'archive'), [...kept, 'plans/1/plan.json'])
  const found = await copyOf(objects, directory.path)
  assert.deepEqual(found, kept.map((key) => `archive/${key}`).sort())
})

test('files that are merged while they are copied are replaced in the copy, too', async () => {
  await using directory = await temporaryDirectory()
  const objects = await archiveWith(join(directory.path, 'archive'), [...RAW, ...RAW.map(entryOf)])
  let isMerged = false
  const merging = changed(objects, {
    async open(key) {
      if (key === RAW[1] && !isMerged) {
        isMerged = true
        await objects.write(MERGED, Buffer.from('both'))
        await objects.write(entryOf(MERGED), Buffer.from(''))
        await objects.remove(RAW.map(entryOf))
        await objects.remove(RAW)
      }
      return objects.open(key)
    },
  })
  const found = await copyOf(merging, directory.path)
  assert.deepEqual(found, [`archive/${MERGED}`, `archive/${entryOf(MERGED)}`])
})

test('a file that is lost is named as lost in the copy, and none that has only moved', async () => {
  await using directory = await temporaryDirectory()
  const lost = entryOf(`${HOUR}/lost.00000000.parquet`)
  const objects = await archiveWith(join(directory.path, 'archive'), [RAW[0]!, entryOf(RAW[0]!), lost])
  let listings = 0
  const moving = changed(objects, {
    async list(prefix) {
      const listed = await objects.list(prefix)
      if (prefix !== 'manifest/' || listings++ > 0) return listed
      await objects.write(MERGED, Buffer.from('both'))
      await objects.remove([entryOf(RAW[0]!), RAW[0]!])
      return listed
    },
  })
  assert.deepEqual(await copyOf(moving, directory.path), [`archive/${MERGED}`, `archive/${lost}`])
})

test('a listing that shows neither the files that are merged meanwhile nor the merged one is none', async () => {
  await using directory = await temporaryDirectory()
  const objects = await archiveWith(join(directory.path, 'archive'), [...RAW, ...RAW.map(entryOf)])
  let isMerged = false
  const merging = changed(objects, {
    async list(prefix) {
      if (prefix !== 'date=' || isMerged) return objects.list(prefix)
      isMerged = true
      await objects.write(MERGED, Buffer.from('both'))
      await objects.write(entryOf(MERGED), Buffer.from(''))
      await objects.remove([...RAW.map(entryOf), ...RAW])
      return []
    },
  })
  const found = await copyOf(merging, directory.path)
  assert.deepEqual(found, [`archive/${MERGED}`, `archive/${entryOf(MERGED)}`])
})
