// Prints the progress of a run, and its figures at the end.
import { type SummaryData, statOf } from '../../load-tests/lib/summary.ts'
import { whole } from './exact/compare.ts'
import type { Registry } from './runner/measure/registry.ts'

const EVERY_MS = 10_000
const NAME_WIDTH = 24

export class Progress {
  readonly #print: (line: string) => void
  #nextMs = EVERY_MS
  #beforeMs = 0
  #offered = 0
  #acknowledged = 0

  constructor(print: (line: string) => void) {
    this.#print = print
  }

  tick(registry: Registry, elapsedMs: number): void {
    if (elapsedMs < this.#nextMs) return
    this.#nextMs = elapsedMs + EVERY_MS
    const count = (name: string) => registry.sink(name)?.aggregate('count', elapsedMs) ?? 0
    const seconds = (elapsedMs - this.#beforeMs) / 1_000
    const [offered, acknowledged] = [count('events_offered'), count('events_acknowledged')]
    this.#print(
      `${clock(elapsedMs)}  offered ${whole((offered - this.#offered) / seconds)}/s, ` +
        `acknowledged ${whole((acknowledged - this.#acknowledged) / seconds)}/s, ` +
        `${whole(count('requests_sent_again'))} requests sent again, ` +
        `${whole(count('dropped_iterations'))} not sent`,
    )
    this.#beforeMs = elapsedMs
    this.#offered = offered
    this.#acknowledged = acknowledged
  }

  conclude(data: SummaryData, faults: readonly string[]): void {
    const line = (name: string, text: string) => this.#print(`${name.padEnd(NAME_WIDTH)}${text}`)
    const seconds = data.state.testRunDurationMs / 1_000
    line('acknowledged', `${whole(statOf(data, 'events_acknowledged'))} events in ${seconds.toFixed(0)} s`)
    for (const [metric, name] of TRENDS) {
      if (data.metrics[metric] === undefined) continue
      const ms = (value: string) => `${statOf(data, metric, value).toFixed(0)} ms`
      line(name, `p50 ${ms('med')}, p99 ${ms('p(99)')}, ${ms('max')} at the most`)
    }
    line('requests sent again', whole(statOf(data, 'requests_sent_again')))
    line('not sent', `${whole(statOf(data, 'dropped_iterations'))} requests, for want of a free virtual user`)
    for (const { name, text } of data.seen?.figures ?? []) line(name, text)
    for (const { atMs, text } of data.seen?.notes ?? []) line(`at ${clock(atMs)}`, text)
    for (const fault of faults) this.#print(`FAILED  ${fault}`)
    for (const difference of data.seen?.verdict?.differences.slice(0, DIFFERENCES_SHOWN) ?? []) {
      this.#print(`DIFFERS  ${difference}`)
    }
  }
}

const DIFFERENCES_SHOWN = 20
const TRENDS = [
  ['acknowledge_ms', 'acknowledged within'],
  ['freshness_ms', 'counted within'],
] as const

function clock(ms: number): string {
  const seconds = Math.floor(ms / 1_000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
