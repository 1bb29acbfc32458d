// Records as something else than this release would write them into the log of a process that stands still.
import { join } from 'node:path'
import { systemClock } from '../../lib/system-clock.ts'
import { DAY_MS } from '../../model/bucket.ts'
import { singleObjectHeader } from '../../schemas/framing.ts'
import { RecordBuilder } from '../../schemas/record.ts'
import { openEmbeddedLog } from '../../stores/log/embedded/embedded-log.ts'

/** An event of a schema that no release has. */
const OF_LATER_RELEASE = Buffer.concat([singleObjectHeader(0x1234_5678_9abc_def0n), Buffer.alloc(40, 7)])
/** No event at all. */
const UNREADABLE = Uint8Array.of(9, 9, 9)

const FOREIGN = { 'of a later release': OF_LATER_RELEASE, unreadable: UNREADABLE } as const

export async function appendForeign(dataDirectory: string, kind: keyof typeof FOREIGN): Promise<void> {
  const log = await openEmbeddedLog({
    directory: join(dataDirectory, 'log'),
    clock: systemClock,
    partitions: 1,
    retention: { ageMs: 7 * DAY_MS, bytesMax: Number.MAX_SAFE_INTEGER },
  })
  try {
    const record = new RecordBuilder()
    record.addRaw(FOREIGN[kind])
    await log.append('events', 0, record.finish())
  } finally {
    await log.close()
  }
}
