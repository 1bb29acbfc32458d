// Follows a run and records when each part is overloaded for the first time; the first of them is where the system
// breaks.

import { MS_PER_SECOND } from '../../../load-tests/lib/durations.ts'
import { slotNames } from '../../../load-tests/lib/slots.ts'
import { whole } from '../exact/compare.ts'
import type { Registry } from '../runner/measure/registry.ts'
import type { Look } from './look.ts'
import { type Course, growth } from './monitor.ts'
import { type ProcessReading, type Reading, type Symptom, symptomsOf } from './symptoms.ts'

export type Note = { readonly atMs: number; readonly text: string }

type Counts = { readonly elapsedMs: number; readonly values: Readonly<Record<string, number>> }
type Onset = Note & { readonly offeredPerS: number }

/** A part counts as overloaded after this many symptoms in a row, a second apart. */
const IN_A_ROW = 3
const COUNTERS = [
  'events_offered',
  'events_acknowledged',
  'requests_sent_again',
  'dropped_iterations',
] as const

export class Breaking {
  readonly #courses: readonly Course[]
  readonly #inARow = new Map<string, number>()
  readonly #onsets = new Map<string, Onset>()
  #before: Counts = { elapsedMs: 0, values: {} }
  #carriedPerS = 0
  #slot = 0

  constructor(courses: readonly Course[]) {
    this.#courses = courses
  }

  tick(registry: Registry, elapsedMs: number): void {
    if (elapsedMs - this.#before.elapsedMs < MS_PER_SECOND / 2) return
    this.judge(this.#reading(registry, elapsedMs), elapsedMs)
  }

  judge(reading: Reading, elapsedMs: number): void {
    const symptoms = new Map<string, Symptom>()
    for (const symptom of symptomsOf(reading)) {
      if (!symptoms.has(symptom.part)) symptoms.set(symptom.part, symptom)
    }
    for (const part of this.#inARow.keys()) if (!symptoms.has(part)) this.#inARow.delete(part)
    for (const { part, text } of symptoms.values()) {
      const times = (this.#inARow.get(part) ?? 0) + 1
      this.#inARow.set(part, times)
      if (times < IN_A_ROW || this.#onsets.has(part)) continue
      this.#onsets.set(part, { atMs: elapsedMs, text, offeredPerS: reading.offeredPerS })
    }
    if (this.#onsets.size === 0) this.#carriedPerS = Math.max(this.#carriedPerS, reading.acknowledgedPerS)
  }

  /** The overloaded parts in order of time, each with the offered rate at that moment. */
  notes(): Note[] {
    return [...this.#onsets.values()].map(({ atMs, text, offeredPerS }) => ({
      atMs,
      text: `at ${whole(offeredPerS)} events/s: ${text}`,
    }))
  }

  /** One line: the highest rate that was sustained, and which part was overloaded first. */
  headline(): string {
    const [first] = this.#onsets.values()
    const carried = `carried ${whole(this.#carriedPerS)} events/s`
    if (first === undefined) return `${carried}; nothing broke`
    return `${carried}; broke first, at ${whole(first.offeredPerS)} events/s offered: ${first.text}`
  }

  #reading(registry: Registry, elapsedMs: number): Reading {
    const values = Object.fromEntries(
      COUNTERS.map((name) => [name, registry.sink(name)?.aggregate('count', elapsedMs) ?? 0]),
    )
    const before = this.#before
    this.#before = { elapsedMs, values }
    const perS = (name: (typeof COUNTERS)[number]) =>
      ((values[name]! - (before.values[name] ?? 0)) * MS_PER_SECOND) / (elapsedMs - before.elapsedMs)
    const last = this.#courses.map(({ looks }) => looks.slice(-2))
    const grown = (counter: (look: Look) => number | null) =>
      last.reduce((sum, looks) => sum + growth(looks, counter), 0)
    const refused = grown(({ refusedRequests }) => refusedRequests)
    return {
      offeredPerS: perS('events_offered'),
      acknowledgedPerS: perS('events_acknowledged'),
      acknowledgeP99Ms: this.#acknowledgeP99Ms(registry, elapsedMs),
      refused,
      failed: grown(({ failedRequests }) => failedRequests) + (refused > 0 ? 0 : perS('requests_sent_again')),
      notSentPerS: perS('dropped_iterations'),
      senderLateMs: registry.sink('sender_late_ms')?.aggregate('value', elapsedMs) ?? 0,
      processes: this.#courses.map(({ name }, i) => readingOf(name, last[i]!)),
    }
  }

  /** The newest slot with an answer. */
  #acknowledgeP99Ms(registry: Registry, elapsedMs: number): number | null {
    const sinkOf = (slot: number) => registry.sink(slotNames(slot).acknowledgeMs)
    while (sinkOf(this.#slot + 1)?.isEmpty === false) this.#slot++
    return sinkOf(this.#slot)?.aggregate('p(99)', elapsedMs) ?? null
  }
}

function readingOf(name: string, looks: readonly Look[]): ProcessReading {
  const last = looks.at(-1)
  const appends = growth(looks, (one) => one.appends)
  return {
    name,
    loopDelayMs: last?.loopDelayMs ?? null,
    appendMs: appends > 0 ? (growth(looks, ({ appendS }) => appendS) * MS_PER_SECOND) / appends : null,
    appendFailures: growth(looks, (one) => one.appendFailures),
    spoolBytes: last?.spoolBytes ?? null,
    freshnessS: last?.freshnessS ?? null,
    queueRows: last?.queueRows ?? null,
    breaker: last?.breaker ?? null,
    halted: last?.halted ?? null,
  }
}
