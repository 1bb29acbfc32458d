// What kafkajs makes of the answer to a fetch, as records of the log. Pure.
import type { Fetched, KafkaRecord } from '../kafka-client.ts'

export type FetchReply = {
  readonly responses: readonly { readonly partitions: readonly FetchedPartition[] }[]
}

type FetchedPartition = {
  readonly partition: number
  readonly highWatermark: string
  readonly preferredReadReplica: number
  readonly messages: readonly FetchedMessage[]
}

type FetchedMessage = {
  readonly offset: string
  readonly timestamp: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly isControlRecord: boolean
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
  for (const { offset: text, timestamp, key, value, isControlRecord, batchContext } of messages) {
    const offset = Number(text)
    nextOffset = Math.max(nextOffset, Number(batchContext.firstOffset) + batchContext.lastOffsetDelta + 1)
    if (offset < fromOffset) continue
    if (!isControlRecord) records.push({ offset, logTimeMs: Number(timestamp), key, bytes: value ?? EMPTY })
  }
  return { records, nextOffset, endOffset: Number(highWatermark) }
}
