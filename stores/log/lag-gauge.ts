// How far a consumer is behind the log, as a metric.
import { Gauge, type Registry } from 'prom-client'
import type { Clock } from '../../lib/clock.ts'
import { withDeadline } from './deadline.ts'
import type { Log, Source } from './log.ts'

/** A source, and the offset before which everything is processed. */
export type Followed = { readonly source: Source; readonly nextOffset: number }

/** The deadline for the log: if it is away the lag is unknown, but the other metrics must still be reported. */
const LAG_TIMEOUT_MS = 1_000

/** Registers a gauge of records, by source and lane, that looks at `followed` at each scrape. */
export function watchLag(
  registry: Registry,
  { name, help }: { readonly name: string; readonly help: string },
  followed: () => readonly Followed[],
  log: Pick<Log, 'bounds'>,
  clock: Clock,
): void {
  new Gauge({
    name,
    help,
    labelNames: ['source', 'lane'],
    registers: [registry],
    async collect() {
      const all = followed()
      const lags = await Promise.allSettled(
        all.map((one) => withDeadline(lagOf(log, one), clock, LAG_TIMEOUT_MS)),
      )
      this.reset() // sources that we no longer own are reported by others
      for (const [at, lag] of lags.entries()) {
        const { id: source, lane } = all[at]!.source
        if (lag.status === 'fulfilled') this.set({ source, lane }, lag.value)
      }
    },
  })
}

async function lagOf(log: Pick<Log, 'bounds'>, { source, nextOffset }: Followed): Promise<number> {
  const { startOffset, endOffset } = await log.bounds(source)
  return endOffset - Math.max(startOffset, nextOffset)
}
