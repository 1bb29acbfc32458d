// The meta topic: small facts about the log that all processes share, in an order that all of them see. An entry
// never replaces another, because each has its own key; the order decides which ones are valid.
import { LogError } from '../log.ts'
import type { KafkaClient } from './kafka-client.ts'

export type MetaEntry = {
  /** `incarnation`, `lanes`, `partitions`, `layout`, `namekey`. */
  readonly kind: string
  readonly value: unknown
  readonly logTimeMs: number
}

const META_PARTITION = 0
const FETCH_BYTES = 1 << 20

/** Every entry, oldest first; none where the topic is empty. Fails with LogError, `corrupt` on a foreign record. */
export async function readMeta(
  client: Pick<KafkaClient, 'fetch' | 'offsetOf'>,
  topic: string,
): Promise<readonly MetaEntry[]> {
  const entries: MetaEntry[] = []
  let offset = await client.offsetOf(topic, META_PARTITION, 'start')
  const endOffset = await client.offsetOf(topic, META_PARTITION, 'end')
  while (offset < endOffset) {
    const fetched = await client.fetch(topic, META_PARTITION, offset, { bytesMax: FETCH_BYTES, waitMs: 0 })
    for (const { key, bytes, logTimeMs } of fetched.records) {
      entries.push({ ...parse(topic, key, bytes), logTimeMs })
    }
    if (fetched.nextOffset === offset) break // compaction may have removed the last records
    offset = fetched.nextOffset
  }
  return entries
}

/** `id` makes the key unique; writing an entry again under the same id is harmless. */
export async function writeMeta(
  client: Pick<KafkaClient, 'produce'>,
  topic: string,
  kind: string,
  id: string,
  value: unknown,
): Promise<void> {
  const message = { key: Buffer.from(`${kind}-${id}`), value: Buffer.from(JSON.stringify(value)) }
  await client.produce(topic, META_PARTITION, [message])
}

function parse(topic: string, key: Uint8Array | null, bytes: Uint8Array) {
  try {
    const [kind = ''] = Buffer.from(key ?? [])
      .toString()
      .split('-')
    return { kind, value: JSON.parse(Buffer.from(bytes).toString()) as unknown }
  } catch (cause) {
    throw new LogError('corrupt', `Topic ${topic} holds a record that is not ours.`, { cause })
  }
}
