// The thread of archive-thread.ts.
import { parentPort, workerData } from 'node:worker_threads'
import { systemClock } from '../../../lib/system-clock.ts'
import type { UnknownSchemas } from '../../../lib/unknown-schemas.ts'
import { loadSchemas } from '../../../schemas/schema-set.ts'
import type { ArchiveOrder, ArchiveReply } from './archive-thread.ts'
import { type ArchiveSettings, openRawArchive } from './open-archive.ts'
import { unpackRecords } from './packed-records.ts'
import { recordArchive } from './raw-events.ts'

const settings = workerData as ArchiveSettings & { readonly unknownSchemas: UnknownSchemas }
const archive = await openRawArchive(settings, systemClock)
const archived = recordArchive(archive, loadSchemas(), settings.unknownSchemas)

async function replyTo({ records, ...place }: ArchiveOrder): Promise<ArchiveReply> {
  try {
    const sketches = await archived.store({ ...place, records: unpackRecords(records) })
    return { sketches: sketches.map((one) => ({ ...one, sketch: one.sketch.encode() })) }
  } catch (error) {
    return { error }
  }
}

parentPort!.on('message', async (order: ArchiveOrder) => parentPort!.postMessage(await replyTo(order)))
