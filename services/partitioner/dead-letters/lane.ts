// Reads the dead lane: one letter by its name, or all of them from the newest backwards, in batches.
import type { Log, LogRecord, Source } from '../../../stores/log/log.ts'
import { LogError } from '../../../stores/log/log.ts'
import { type Letter, letterOf, type Place } from './letter.ts'

export type LaneLog = Pick<Log, 'sources' | 'read' | 'bounds' | 'offsetForTime'>

/** A range of offsets, half-open. */
export type Stretch = { readonly from: number; readonly to: number }

/** Letters that are read at once when going backwards. */
const STRIDE = 64
const READ_BYTES = 1 << 20

/** Fails with LogError `unavailable`. */
export class DeadLane {
  readonly #log: LaneLog

  constructor(log: LaneLog) {
    this.#log = log
  }

  /** The lane has one partition. */
  async source(): Promise<Source> {
    const [source] = await this.#log.sources('events-dead')
    if (source === undefined) throw new LogError('corrupt', 'The log has no dead lane.')
    return source
  }

  /** Null if there is no such letter, or no longer. */
  async find({ sourceId, offset }: Place): Promise<Letter | null> {
    const source = await this.source()
    if (source.id !== sourceId) return null
    const { startOffset, endOffset } = await this.#log.bounds(source)
    if (offset < startOffset || offset >= endOffset) return null
    const { records } = await this.#read(source, offset, 1)
    return records[0]?.offset === offset ? letterOf(source, records[0]) : null
  }

  /** The letters that were set aside in [fromMs, toMs); null means no end. */
  async stretch(source: Source, fromMs: number | null, toMs: number | null): Promise<Stretch> {
    const { startOffset, endOffset } = await this.#log.bounds(source)
    return {
      from: fromMs === null ? startOffset : await this.#log.offsetForTime(source, fromMs),
      to: toMs === null ? endOffset : await this.#log.offsetForTime(source, toMs),
    }
  }

  /** The letters of a range, newest first; those that retention removes meanwhile are left out. */
  async *newestFirst(source: Source, { from, to }: Stretch): AsyncGenerator<readonly Letter[]> {
    for (let end = to; end > from; end -= STRIDE) {
      const records = await this.#readStretch(source, { from: Math.max(from, end - STRIDE), to: end })
      yield records.map((record) => letterOf(source, record)).reverse()
    }
  }

  async #readStretch(source: Source, { from, to }: Stretch): Promise<LogRecord[]> {
    const found: LogRecord[] = []
    for (let at = from; at < to; ) {
      const { records } = await this.#read(source, at, READ_BYTES)
      if (records.length === 0) break
      found.push(...records.filter(({ offset }) => offset < to))
      at = records.at(-1)!.offset + 1
    }
    return found
  }

  /** The range, starting at the first record that still exists. */
  async #read(source: Source, fromOffset: number, bytesMax: number) {
    try {
      return await this.#log.read(source, fromOffset, { bytesMax, waitMs: 0 })
    } catch (error) {
      if (!(error instanceof LogError && error.code === 'offset_out_of_range')) throw error
      const { startOffset } = await this.#log.bounds(source)
      if (startOffset <= fromOffset) throw error
      return this.#log.read(source, startOffset, { bytesMax, waitMs: 0 })
    }
  }
}
