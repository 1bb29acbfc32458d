// The number of open dead letters, counted on demand, though not at every scrape.
import { Gauge, type Registry } from 'prom-client'

const REFRESH_MS = 30_000

/** A count that fails leaves the gauge as it was. */
export function watchDeadLetters(
  registry: Registry,
  openCount: () => Promise<number>,
  nowMs: () => number,
): void {
  let countedMs = Number.NEGATIVE_INFINITY
  new Gauge({
    name: 'tally_dead_letters_open',
    help: 'Dead letters among the newest 10,000 that are neither replayed nor discarded.',
    registers: [registry],
    async collect() {
      if (nowMs() - countedMs < REFRESH_MS) return
      countedMs = nowMs()
      await openCount().then(
        (open) => this.set(open),
        () => {},
      )
    },
  })
}
