// For tests: a small data directory that is open, and backups of it.
import { join } from 'node:path'
import { systemClock } from '../lib/system-clock.ts'
import type { CopiedObjects } from '../stores/archive/duckdb/copy.ts'
import { receiveBackup } from '../stores/backup/receive-backup.ts'
import { type BackedUp, writeBackup } from '../stores/backup/write-backup.ts'
import { openEmbeddedStores } from '../stores/counts/embedded/embedded-stores.ts'
import { openDataDirectory } from '../stores/disk/data-directory.ts'
import { openEmbeddedLog } from '../stores/log/embedded/embedded-log.ts'
import { openLocalObjects } from '../stores/objects/local-objects.ts'
import type { ObjectStore } from '../stores/objects/objects.ts'
import { openEmbeddedUniques } from '../stores/uniques/embedded-uniques.ts'
import { openEmbeddedVideos } from '../stores/videos/embedded-videos.ts'

const RAW_FILE = 'date=2026-11-30/hour=02/events.aa-0.0-1.00000000.parquet'

/** With a record, a title, an archived file and an object of the overload lane. */
export async function openBackedUp(root: string, bucket?: ObjectStore) {
  const directory = await openDataDirectory(root)
  const log = await openEmbeddedLog({
    ...{ directory: directory.log, clock: systemClock, partitions: 2 },
    retention: { ageMs: 1e12, bytesMax: 1e12 },
  })
  const counts = await openEmbeddedStores({ directory: directory.counts })
  const uniques = await openEmbeddedUniques({ directory: join(root, 'uniques') })
  const videos = await openEmbeddedVideos(join(root, 'videos'))
  const archived = bucket ?? (await openLocalObjects(join(root, 'archive')))
  const overflow = await openLocalObjects(join(root, 'overflow'))
  await log.append('events', 1, Buffer.from('a record'))
  await videos.put('', 'v', { title: 'A title', channel: null, durationSeconds: null, publishedMs: null })
  await archived.write(RAW_FILE, Buffer.from('parquet'))
  await archived.write('checkpoints/aa-0.json', Buffer.from('{}'))
  await overflow.write('overflow/aa-0/one', Buffer.from('an object'))
  const parts: BackedUp = {
    ...{ root, log, counts, uniques, videos, overflow, clock: systemClock, product: '0.1.0' },
    archive: { whileKept: <T>(task: (objects: CopiedObjects) => Promise<T>) => task(archived) },
  }
  const close = async () => {
    for (const store of [log, counts, uniques, videos]) await store.close()
  }
  return { parts, log, [Symbol.asyncDispose]: close }
}

/** The bytes that a server sends. */
export async function backupBytes(parts: BackedUp): Promise<Buffer> {
  const sent: Buffer[] = []
  await writeBackup(parts, async (bytes) => void sent.push(Buffer.from(bytes)))
  return Buffer.concat(sent)
}

/** A backup in a directory. */
export async function makeBackup(root: string, out: string): Promise<void> {
  await using backedUp = await openBackedUp(root)
  const bytes = await backupBytes(backedUp.parts)
  await receiveBackup(piecesOf(bytes), out, () => {})
}

export async function* piecesOf(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1_000) yield bytes.subarray(at, at + 1_000)
}
