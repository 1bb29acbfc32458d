// What a process knows of the entries of `count_forms`, and for how long it may rely on that. It reads them at its
// start and again when it needs them a minute later. Whatever a process chose within its lease is right for ever, so
// it may pause between choosing and writing.
import { MINUTE_MS, minuteOf } from '../../../model/bucket.ts'
import { CountsError } from '../../cassandra/counts-error.ts'
import { type CountForm, type CountForms, isLeased, LEASE_MS } from './count-forms.ts'

/** Older entries are read again meanwhile. */
const RENEW_MS = MINUTE_MS
/** Rows that may be there now are of minutes that a reading of this age covers: see AHEAD_MS_MAX. */
const READ_AGE_MAX_MS = 30 * MINUTE_MS

type Reading = CountForms & { readonly readAtMs: number }

export class FormsLease {
  readonly #read: () => Promise<CountForms>
  readonly #nowMs: () => number
  readonly #isLeased: typeof isLeased
  #known: Reading | null = null
  #reading: Promise<Reading> | null = null

  /** `read` sees every entry that was added before it began, and fails with a CountsError. */
  constructor(read: () => Promise<CountForms>, nowMs: () => number, leased = isLeased) {
    this.#read = read
    this.#nowMs = nowMs
    this.#isLeased = leased
  }

  /** Fails as `read` does. */
  async renew(): Promise<void> {
    await this.#readNow()
  }

  /**
   * By which entries an owner writes rows of minutes up to `newest`, and reads them back. Fails with a CountsError if
   * they cannot be known.
   */
  async forRows(newest: number): Promise<readonly CountForm[]> {
    const isGood = (reading: Reading) => this.#isLeased(newest, reading.readAtMs) && !isOpen(reading, newest)
    const reading = await this.#get(isGood)
    if (isGood(reading)) return reading.forms
    const time = textOf(newest)
    throw isOpen(reading, newest)
      ? openError(reading)
      : unknown(`${time} is too far ahead of the clock to tell which table its rows belong to`)
  }

  /** By which entries to read whatever may be stored of minutes before `to`. Fails like `forRows`. */
  async forReading(to: number): Promise<readonly CountForm[]> {
    const reading = await this.#get((known) => this.#covers(known, to))
    if (this.#covers(reading, to)) return reading.forms
    throw reading.openFrom === null ? unknown('count_forms was not read in time') : openError(reading)
  }

  /** The same for an answer, which may miss rows if it is `stale`. Fails only if nothing was ever read. */
  async forAnswer(to: number): Promise<{ forms: readonly CountForm[]; stale: boolean }> {
    try {
      const reading = await this.#get((known) => this.#covers(known, to))
      return { forms: reading.forms, stale: !this.#covers(reading, to) }
    } catch (error) {
      if (this.#known === null) throw error
      return { forms: this.#known.forms, stale: true }
    }
  }

  #covers(reading: Reading, to: number): boolean {
    const newest = Math.min(to - 1, minuteOf(this.#nowMs() + LEASE_MS))
    return this.#ageMs(reading) <= READ_AGE_MAX_MS && !isOpen(reading, newest)
  }

  /** What is known if it is good enough, else what is read now. */
  async #get(isGood: (reading: Reading) => boolean): Promise<Reading> {
    const known = this.#known
    // A clock that was set back says nothing about the age of what was read before.
    if (known === null || this.#ageMs(known) < 0 || !isGood(known)) return this.#readNow()
    if (this.#ageMs(known) > RENEW_MS) this.#readNow().catch(() => {}) // the next caller tries again
    return known
  }

  #readNow(): Promise<Reading> {
    this.#reading ??= this.#begin().finally(() => {
      this.#reading = null
    })
    return this.#reading
  }

  async #begin(): Promise<Reading> {
    const readAtMs = this.#nowMs()
    const forms = await this.#read()
    this.#known = { ...forms, readAtMs }
    return this.#known
  }

  #ageMs({ readAtMs }: Reading): number {
    return this.#nowMs() - readAtMs
  }
}

function isOpen({ openFrom }: CountForms, newest: number): boolean {
  return openFrom !== null && openFrom <= newest
}

function openError({ openFrom }: CountForms): CountsError {
  const remedy = 'run `npm run migrate`, which settles it or takes it back'
  return unknown(`an entry of count_forms from ${textOf(openFrom!)} on is half added: ${remedy}`)
}

function unknown(why: string): CountsError {
  return new CountsError('unavailable', why)
}

function textOf(minute: number): string {
  return new Date(minute * MINUTE_MS).toISOString()
}
