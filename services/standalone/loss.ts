// What is known to be lost on this disk, told for as long as it matters: in the log of the process, at /health/ready,
// and by answers that are not complete. Lost counts are counted again from the log and the archive; what nothing can
// make again is told until somebody removes the mark that remembers it.
import type { FastifyBaseLogger } from 'fastify'
import type { MarkState } from '../../stores/disk/write-mark.ts'
import type { Vouched } from '../query/deps.ts'

const NOTHING_VOUCHED: Vouched = { fromMinute: Infinity, toMs: 0 }

/** A database beside its mark. */
export type Marked = {
  readonly name: string
  readonly state: MarkState
  /** What answers may lack. */
  readonly lacks: string
}

export class Losses {
  readonly #logger: Pick<FastifyBaseLogger, 'error' | 'warn'>
  readonly #warnings = new Map<string, string>()
  #isCounting = false
  #countedFrom: number | null = null

  constructor(logger: Pick<FastifyBaseLogger, 'error' | 'warn'>) {
    this.#logger = logger
  }

  /** For people, one a database. */
  get warnings(): readonly string[] {
    return Array.from(this.#warnings.values())
  }

  /** What answers may call complete; null for all. */
  get vouched(): Vouched | null {
    if (this.#isCounting) return NOTHING_VOUCHED
    return this.#countedFrom === null ? null : { fromMinute: this.#countedFrom, toMs: Infinity }
  }

  get isCounting(): boolean {
    return this.#isCounting
  }

  /** Tells of what is lost for good. */
  tell({ name, state, lacks }: Marked): void {
    const found = finding(name, state)
    if (found === null) return
    if (typeof state === 'string') {
      this.#logger.warn(`${found} It is made anew.`)
      return
    }
    this.#warn(name, `${found} ${lacks} ${adviceFor(name)}`)
  }

  /** Tells of lost counts, which are counted again from now on. */
  tellCounts(state: MarkState): void {
    const found = finding('counts', state)
    if (found === null) return
    if (typeof state === 'string') {
      this.#logger.warn(`${found} It is made anew.`)
      return
    }
    this.#isCounting = true
    this.#warn('counts', `${found} They are being counted again; until then no answer is complete.`)
  }

  /**
   * All that the log and the archive hold is counted.
   * @param state what was lost of the counts
   * @param archivedFrom the first minute of which the archive holds events: what was counted before is not made again
   */
  counted(state: MarkState, archivedFrom: number): void {
    this.#isCounting = false
    this.#warnings.delete('counts')
    this.#logger.warn('The counts that were lost are counted again from the log and the archive.')
    if (typeof state === 'string' || state.kind === 'end') return
    this.#countedFrom = archivedFrom
    this.#warn(
      'counts',
      `${finding('counts', state)} What the archive holds is counted again. ${adviceFor('counts')}`,
    )
  }

  #warn(name: string, text: string): void {
    this.#warnings.set(name, text)
    this.#logger.error(text)
  }
}

function adviceFor(name: string): string {
  return `Restore it from a backup, or remove ${name}.mark to be told no more.`
}

function finding(name: string, state: MarkState): string | null {
  if (state === 'sound') return null
  if (state === 'absent') return `${name}.mark is lost, which would tell whether ${name} lost its end.`
  if (state === 'unreadable')
    return `${name}.mark cannot be read, which would tell whether ${name} lost its end.`
  if (state.kind === 'all') return `All that ${name} held is lost: a new one is in its place.`
  return `The last ${state.batches} batches that were written to ${name} are lost.`
}
