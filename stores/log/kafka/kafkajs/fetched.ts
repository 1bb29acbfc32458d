// What kafkajs makes of the answer to a fetch, as records of the log. Pure.
import { type Carried, readTraceparents } from '../../../../lib/traceparents.ts'
import { type Fetched, type KafkaRecord, TRACEPARENT_HEADER } from '../kafka-client.ts'

export type FetchReply = {
  readonly responses: readonly { readonly partitions: readonly FetchedPartition[] }[]
}

type FetchedPartition = {
  readonly partition: number
  readonly highWatermark: string
  readonly preferredReadReplica: number
  readonly messages: readonly FetchedMessage[]
}

type Header = Buffer | null

export type FetchedMessage = {
  readonly offset: string
  readonly timestamp: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly isControlRecord: boolean
  /** Several of one name are listed. */
  readonly headers: Readonly<Record<string, Header | readonly Header[]>>
  /** Of the batch that it came in. */
  readonly batchContext: { readonly firstOffset: string; readonly lastOffsetDelta: number }
}

const EMPTY = new Uint8Array()

/**
 * Leaves out what comes before `fromOffset`: a batch is sent whole. Its last records may have been removed by
 * compaction; reading goes on after the place that they had.
 */
export function toFetched({ messages, highWatermark }: FetchedPartition, fromOffset: number): Fetched {
  const records: KafkaRecord[] = []
  let nextOffset = fromOffset
  for (const { offset: text, timestamp, key, value, headers, isControlRecord, batchContext } of messages) {
    const offset = Number(text)
    nextOffset = Math.max(nextOffset, Number(batchContext.firstOffset) + batchContext.lastOffsetDelta + 1)
    if (offset < fromOffset) continue
    if (isControlRecord) continue
    const record = { offset, logTimeMs: Number(timestamp), key, bytes: value ?? EMPTY }
    records.push(TRACEPARENT_HEADER in headers ? { ...record, ...carriedIn(headers) } : record)
  }
  return { records, nextOffset, endOffset: Number(highWatermark) }
}

function carriedIn(headers: FetchedMessage['headers']): Carried {
  return readTraceparents([headers[TRACEPARENT_HEADER] ?? []].flat())
}
