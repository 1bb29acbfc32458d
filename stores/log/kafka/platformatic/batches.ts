// Record batches as they come in a fetch, as records of the log. Pure.
import { IS_CONTROL, type RecordsBatch } from '@platformatic/kafka'
import { type Carried, readTraceparents } from '../../../../lib/traceparents.ts'
import { LogError } from '../../log.ts'
import { type Fetched, type KafkaRecord, TRACEPARENT_HEADER } from '../kafka-client.ts'

type Headers = RecordsBatch['records'][number]['headers']

/** Batch attribute: the time is the broker's, not the sender's. */
const LOG_APPEND_TIME = 0b1000
const EMPTY = new Uint8Array()

/** Leaves out what comes before `fromOffset`: a batch is sent whole. Fails with `corrupt` without log times. */
export function readBatches(
  batches: readonly RecordsBatch[],
  fromOffset: number,
  endOffset: number,
): Fetched {
  const records: KafkaRecord[] = []
  let nextOffset = fromOffset
  for (const batch of batches) {
    const first = Number(batch.firstOffset)
    nextOffset = Math.max(nextOffset, first + batch.lastOffsetDelta + 1)
    if ((batch.attributes & IS_CONTROL) !== 0) continue
    if ((batch.attributes & LOG_APPEND_TIME) === 0) throw withoutLogTime()
    const logTimeMs = Number(batch.maxTimestamp)
    for (const { offsetDelta, key, value, headers } of batch.records) {
      const offset = first + offsetDelta
      if (offset < fromOffset) continue
      const record = { offset, logTimeMs, key, bytes: value ?? EMPTY }
      records.push(headers.length === 0 ? record : { ...record, ...carriedIn(headers) })
    }
  }
  return { records, nextOffset, endOffset }
}

function carriedIn(headers: Headers): Carried {
  const named = headers.filter(([name]) => String(name) === TRACEPARENT_HEADER)
  return readTraceparents(named.map(([, value]) => value))
}

function withoutLogTime(): LogError {
  return new LogError(
    'corrupt',
    'The topic holds records without the time of their append: it must have message.timestamp.type=LogAppendTime.',
  )
}
