// The meta topic: small facts about the log that all processes share, in an order that all of them see. An entry
// never replaces another, because each has its own key; the order decides which ones are valid. Entries that nobody
// needs any more are removed by their keys.
import { Slots } from '../../../lib/slots.ts'
import { LogError } from '../log.ts'
import type { KafkaClient } from './kafka-client.ts'

export type MetaEntry = {
  readonly key: string
  /** `incarnation`, `lanes`, `partitions`, `layout`, `lead`, `tick`, `namekey`, `restore`. */
  readonly kind: string
  readonly value: unknown
  readonly logTimeMs: number
}

const META_PARTITION = 0
const FETCH_BYTES = 1 << 20

type Reading = Pick<KafkaClient, 'fetch' | 'offsetOf'>

/** Reads a meta topic again and again; after the first time, only what is new. */
export class MetaReader {
  readonly #client: Reading
  readonly #topic: string
  readonly #turns = new Slots(1)
  #entries: MetaEntry[] = []
  /** What is before it has been read; null before the first reading. */
  #nextOffset: number | null = null

  constructor(client: Reading, topic: string) {
    this.#client = client
    this.#topic = topic
  }

  /** Every entry up to a moment after this call, oldest first, without those removed. Fails as readMeta. */
  read(): Promise<readonly MetaEntry[]> {
    return this.#turns.use(() => this.#read())
  }

  /** The same from the start of the topic on, for who may have missed what was removed before it was read. */
  readAgain(): Promise<readonly MetaEntry[]> {
    return this.#turns.use(() => {
      this.#entries = []
      this.#nextOffset = null
      return this.#read()
    })
  }

  async #read(): Promise<readonly MetaEntry[]> {
    const isFirst = this.#nextOffset === null
    try {
      await this.#readToEnd()
      // The cleaner may have been at work meanwhile: then what says that entries are removed comes after the end.
      if (isFirst) await this.#readToEnd()
    } catch (error) {
      if (isFirst || !(error instanceof LogError && error.code === 'offset_out_of_range')) throw error
      this.#entries = [] // the topic was made anew
      this.#nextOffset = null
      return this.#read()
    }
    return this.#entries
  }

  async #readToEnd(): Promise<void> {
    const client = this.#client
    const place = [this.#topic, META_PARTITION] as const
    const added: MetaEntry[] = []
    const removed = new Set<string>()
    let offset = this.#nextOffset ?? (await client.offsetOf(...place, 'start'))
    const endOffset = await client.offsetOf(...place, 'end')
    while (offset < endOffset) {
      const fetched = await client.fetch(...place, offset, { bytesMax: FETCH_BYTES, waitMs: 0 })
      for (const { key, bytes, logTimeMs } of fetched.records) {
        const name = Buffer.from(key ?? []).toString()
        if (bytes.length === 0) removed.add(name)
        else added.push({ ...parse(this.#topic, name, bytes), logTimeMs })
      }
      // The last record of a topic is never compacted, so a leader that shows nothing there is new and behind.
      if (fetched.nextOffset === offset)
        throw new LogError('unavailable', `Topic ${this.#topic} does not show what is before its end yet.`)
      offset = fetched.nextOffset
    }
    if (added.length > 0 || removed.size > 0)
      this.#entries = [...this.#entries, ...added].filter(({ key }) => !removed.has(key))
    this.#nextOffset = offset
  }
}

/**
 * Every entry, oldest first; none where the topic is empty. Fails with LogError: `unavailable` where not all of them
 * are shown (try again), `corrupt` on a foreign record.
 */
export function readMeta(client: Reading, topic: string): Promise<readonly MetaEntry[]> {
  return new MetaReader(client, topic).read()
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

/** Removes all entries with these keys at once, or none. */
export async function removeMeta(
  client: Pick<KafkaClient, 'produce'>,
  topic: string,
  keys: readonly string[],
): Promise<void> {
  const messages = keys.map((key) => ({ key: Buffer.from(key), value: null }))
  await client.produce(topic, META_PARTITION, messages)
}

function parse(topic: string, key: string, bytes: Uint8Array) {
  try {
    const [kind = ''] = key.split('-')
    return { key, kind, value: JSON.parse(Buffer.from(bytes).toString()) as unknown }
  } catch (cause) {
    throw new LogError('corrupt', `Topic ${topic} holds a record that is not ours.`, { cause })
  }
}
