// A log of records that are made beforehand, which it shows at a rate, or all at once. It notes when each was first
// read, so that one can say how long it took until what it holds was stored.
import type { Clock } from '../../lib/clock.ts'
import { SECOND_MS } from '../../model/bucket.ts'
import { sourceOf } from '../../stores/log/lanes.ts'
import type { Lane, Log, LogRecord, LogSlice, ReadLimit, Source, SourceEnd } from '../../stores/log/log.ts'

const INCARNATION = 'beefbeef'
const POLL_MS = 10

export class PacedLog implements Log {
  readonly #records: readonly (readonly LogRecord[])[]
  readonly #clock: Clock
  readonly #rate: number
  readonly #eventsPerRecord: number
  readonly #startedMs: number
  /** By partition and offset, when a record was first read. */
  readonly readAtMs: readonly number[][]

  /** `rate`: events a second over all partitions; 0 shows everything at once. */
  constructor(
    records: readonly (readonly LogRecord[])[],
    { clock, rate, events }: { clock: Clock; rate: number; events: number },
  ) {
    this.#records = records
    this.#clock = clock
    this.#rate = rate
    this.#eventsPerRecord = events / records.reduce((sum, held) => sum + held.length, 0)
    this.#startedMs = clock.nowMs()
    this.readAtMs = records.map(() => [])
  }

  async sources(lane: Lane): Promise<readonly Source[]> {
    return lane === 'events' ? this.#records.map((_, i) => sourceOf(INCARNATION, lane, i)) : []
  }

  async read({ partition }: Source, from: number, limit: ReadLimit): Promise<LogSlice> {
    const deadlineMs = this.#clock.nowMs() + limit.waitMs
    while (this.#shown(partition) <= from && this.#clock.nowMs() < deadlineMs) {
      await this.#clock.sleep(Math.min(POLL_MS, limit.waitMs))
    }
    const endOffset = this.#shown(partition)
    const records: LogRecord[] = []
    let bytes = 0
    for (let offset = from; offset < endOffset && bytes < limit.bytesMax; offset++) {
      const record = this.#records[partition]![offset]!
      this.readAtMs[partition]![offset] ??= this.#clock.nowMs()
      records.push(record)
      bytes += record.bytes.length
    }
    return { records, endOffset }
  }

  async bounds({ partition }: Source): Promise<{ startOffset: number; endOffset: number }> {
    return { startOffset: 0, endOffset: this.#records[partition]!.length }
  }

  async ends(lane: Lane): Promise<readonly SourceEnd[]> {
    const sources = await this.sources(lane)
    return sources.map((source) => ({ source, endOffset: this.#records[source.partition]!.length }))
  }

  async offsetForTime({ partition }: Source, timeMs: number): Promise<number> {
    const held = this.#records[partition]!
    return held.find((record) => record.logTimeMs >= timeMs)?.offset ?? held.length
  }

  /** Nothing is late or broken here, so nothing is set aside. */
  append(): Promise<{ offset: number }> {
    throw new Error('this log takes no records')
  }

  #shown(partition: number): number {
    const { length } = this.#records[partition]!
    if (this.#rate === 0) return length
    const seconds = (this.#clock.nowMs() - this.#startedMs) / SECOND_MS
    const perPartition = (seconds * this.#rate) / this.#eventsPerRecord / this.#records.length
    return Math.min(length, Math.floor(perPartition))
  }
}
