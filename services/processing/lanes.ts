// The side lanes as topics of the log: late events keep their bytes and their partition, dead letters say where they
// came from and why.
import { encodeDeadLetter } from '../../schemas/dead-letter.ts'
import { EVENTS_PER_RECORD_MAX } from '../../schemas/limits.ts'
import { RecordBuilder } from '../../schemas/record.ts'
import type { Log } from '../ports/log.ts'
import type { SideLanes } from './ports.ts'

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
          const letter = encodeDeadLetter({
            source,
            offset,
            index,
            logTime: logTimeMs,
            reason,
            bytes,
            origin,
          })
          return log.append('events-dead', DEAD_PARTITION, letter)
        }),
      )
    },
  }
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
