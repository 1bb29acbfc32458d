// The side lanes as topics of the log: late events keep their bytes and their partition, dead letters say
// where they came from and why.
import { encodeDeadLetter } from '../../schemas/dead-letter.ts'
import { EVENTS_PER_RECORD_MAX } from '../../schemas/limits.ts'
import { RecordBuilder } from '../../schemas/record.ts'
import type { CountRow } from '../../stores/counts/counts.ts'
import type { Log } from '../../stores/log/log.ts'
import type { SideLanes } from '../../stores/log/side-lanes.ts'

const RECORD_BYTES_MAX = 512 * 1024
const DEAD_PARTITION = 0

export function lanesOn(log: Pick<Log, 'append'>): SideLanes {
  return {
    async keepLate(partition, events) {
      await Promise.all(toRecords(events).map((record) => log.append('events-late', partition, record)))
    },
    async keepDead(source, letters) {
      await Promise.all(
        letters.map(({ offset, index, logTimeMs, reason, bytes }) => {
          const origin = index < 0 ? 'record' : 'event'
          const letter = { source, offset, index, logTime: logTimeMs, reason, bytes, origin } as const
          return log.append('events-dead', DEAD_PARTITION, encodeDeadLetter(letter))
        }),
      )
    },
    async keepRefused(source, refused, logTime) {
      await Promise.all(
        refused.map(({ row, reason }) => {
          const place = { offset: row.total.upTo, index: -1, origin: 'row' } as const
          const letter = { source, ...place, logTime, reason, bytes: rowText(row) }
          return log.append('events-dead', DEAD_PARTITION, encodeDeadLetter(letter))
        }),
      )
    },
  }
}

/**
 * A row as JSON, with its sum as a string of digits: it is absolute, so it can be written later, once the store
 * accepts it.
 */
function rowText({ bucket, total }: CountRow): Buffer {
  return Buffer.from(JSON.stringify({ bucket, total: { ...total, sum: String(total.sum) } }))
}

function toRecords(events: readonly Uint8Array[]): Buffer[] {
  const records: Buffer[] = []
  const builder = new RecordBuilder()
  for (const event of events) {
    builder.addRaw(event)
    if (builder.byteLength < RECORD_BYTES_MAX && builder.count < EVENTS_PER_RECORD_MAX) continue
    records.push(builder.finish())
    builder.reset()
  }
  if (builder.count > 0) records.push(builder.finish())
  return records
}
