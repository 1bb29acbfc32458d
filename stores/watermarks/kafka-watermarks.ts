// Watermarks in a compacted topic of one partition: the key is the id of a disk, the value its latest watermark.
import { Slots } from '../../lib/slots.ts'
import type { KafkaClient, KafkaRecord } from '../log/kafka/kafka-client.ts'
import { watermarksTopicOf } from '../log/kafka/topics.ts'
import { LogError } from '../log/log.ts'
import { type Disk, type Disks, withWatermark } from './watermarks.ts'

const PARTITION = 0
const FETCH_LIMIT = { bytesMax: 1 << 20, waitMs: 0 }

/** What is told of a disk. */
export type Told = {
  /** See Watermark. */
  readonly upToMs: number
  /** See Disk. */
  readonly sinceMs: number
  readonly hasEnded?: boolean
}

/** Resolves when the log has it. Fails with LogError. */
export async function tellWatermark(
  client: Pick<KafkaClient, 'produce'>,
  prefix: string,
  id: string,
  told: Told,
): Promise<void> {
  const message = { key: Buffer.from(id), value: Buffer.from(JSON.stringify(told)) }
  await client.produce(watermarksTopicOf(prefix), PARTITION, [message])
}

/** For a disk that ended long ago, or is gone for good. Fails with LogError. */
export async function removeWatermark(
  client: Pick<KafkaClient, 'produce'>,
  prefix: string,
  id: string,
): Promise<void> {
  await client.produce(watermarksTopicOf(prefix), PARTITION, [{ key: Buffer.from(id), value: null }])
}

/** Reads the topic again and again; after the first time, only what is new: one request. */
export class WatermarkReader {
  readonly #client: Pick<KafkaClient, 'fetch' | 'offsetOf' | 'partitionCount'>
  readonly #topic: string
  readonly #turns = new Slots(1)
  readonly #disks = new Map<string, Disk>()
  /** What is before it has been read; null before the first reading. */
  #nextOffset: number | null = null

  constructor(client: Pick<KafkaClient, 'fetch' | 'offsetOf' | 'partitionCount'>, prefix: string) {
    this.#client = client
    this.#topic = watermarksTopicOf(prefix)
  }

  /** Whether there is such a topic. Fails with LogError. */
  async isThere(): Promise<boolean> {
    return (await this.#client.partitionCount(this.#topic)) > 0
  }

  /**
   * What is known of each disk; nothing where an older release made the topics, and this one is not among them.
   * Fails with LogError: `unavailable` where not all of it is shown, `corrupt` on a foreign record.
   */
  read(): Promise<Disks> {
    return this.#turns.use(async () => {
      try {
        await this.#readToEnd()
      } catch (error) {
        if (!(error instanceof LogError && error.code === 'offset_out_of_range')) throw error
        this.#disks.clear() // the topic was made anew
        this.#nextOffset = null
        await this.#readToEnd()
      }
      return new Map(this.#disks)
    })
  }

  async #readToEnd(): Promise<void> {
    const client = this.#client
    const topic = this.#topic
    if (this.#nextOffset === null) {
      if (!(await this.isThere())) return
      this.#nextOffset = await client.offsetOf(topic, PARTITION, 'start')
    }
    for (;;) {
      const { records, nextOffset, endOffset } = await client.fetch(
        topic,
        PARTITION,
        this.#nextOffset,
        FETCH_LIMIT,
      )
      for (const record of records) this.#note(record)
      // The last record of a topic is never compacted, so a leader that shows nothing there is new and behind.
      if (nextOffset < endOffset && nextOffset === this.#nextOffset)
        throw new LogError('unavailable', `Topic ${topic} does not show what is before its end yet.`)
      this.#nextOffset = nextOffset
      if (nextOffset >= endOffset) return
    }
  }

  #note({ key, bytes, logTimeMs: toldMs }: KafkaRecord): void {
    const id = Buffer.from(key ?? []).toString()
    if (bytes.length === 0) {
      this.#disks.delete(id)
      return
    }
    const { upToMs, sinceMs, hasEnded = false } = parse(this.#topic, bytes)
    const told = withWatermark(this.#disks.get(id)?.told ?? [], { upToMs, toldMs })
    this.#disks.set(id, { sinceMs, hasEnded, told })
  }
}

function parse(topic: string, bytes: Uint8Array): Told {
  try {
    const told = JSON.parse(Buffer.from(bytes).toString()) as Told
    if (typeof told.upToMs === 'number' && typeof told.sinceMs === 'number') return told
    throw new TypeError('upToMs and sinceMs must be numbers.')
  } catch (cause) {
    throw new LogError('corrupt', `Topic ${topic} holds a record that is not ours.`, { cause })
  }
}
