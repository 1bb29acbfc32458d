// When records of a source were read and stored, for the traces that hold them. Asked once for each slice of the log
// and each table of changes, never for an event; it decides nothing, and what it forgets is counted all the same.
import type { Clock } from '../../lib/clock.ts'
import type { Traces } from '../../lib/traces.ts'
import type { LogRecord, Source } from '../../stores/log/log.ts'

/** Records that are read and not stored; those beyond are not recorded. */
const RECORDS_MAX = 32

type Traced = {
  readonly offset: number
  readonly traceparents: readonly string[]
  readonly readMs: number
}

export class TracedRecords {
  readonly #source: Source
  readonly #traces: Pick<Traces, 'later'>
  readonly #clock: Pick<Clock, 'nowMs'>
  /** By offset. */
  readonly #read: Traced[] = []

  constructor(source: Source, traces: Pick<Traces, 'later'>, clock: Pick<Clock, 'nowMs'>) {
    this.#source = source
    this.#traces = traces
    this.#clock = clock
  }

  read(records: readonly LogRecord[]): void {
    for (const { offset, traceparents } of records) {
      if (traceparents === undefined || this.#read.length >= RECORDS_MAX) continue
      this.#read.push({ offset, traceparents, readMs: this.#clock.nowMs() })
    }
  }

  /** All up to the offset is about to be stored; returns what is to be called when it is. */
  storing(throughOffset: number): () => void {
    const later = this.#read.findIndex(({ offset }) => offset > throughOffset)
    const stored = this.#read.splice(0, later < 0 ? this.#read.length : later)
    const fromMs = this.#clock.nowMs()
    return () => {
      for (const record of stored) this.#record(record, fromMs)
    }
  }

  #record({ offset, traceparents, readMs }: Traced, storingMs: number): void {
    const toMs = this.#clock.nowMs()
    const about = { 'tally.source': this.#source.id, 'tally.offset': offset }
    const steps = [
      { name: 'processing count', fromMs: readMs, toMs, about },
      { name: 'counts write', fromMs: storingMs, toMs, about: {} },
    ]
    for (const traceparent of traceparents) this.#traces.later(traceparent, steps)
  }
}
