// What every script exports beside its options, and its iterations: made once for all of them.
import { begin } from './begin.ts'
import { probeFreshness } from './freshness.ts'
import { Ledger } from './ledger.ts'
import type { Run } from './names.ts'
import { report } from './report.ts'
import type { Settings } from './settings.ts'
import type { SummaryData } from './summary.ts'
import { sendTraffic } from './traffic-scenario.ts'

/** In the init context, since it makes the metrics. */
export function scriptOf(settings: Settings, durationMs: number) {
  const ledger = new Ledger(settings, durationMs)
  return {
    setup: () => begin(settings),
    freshness: (run: Run) => probeFreshness(settings, ledger, run),
    handleSummary: (data: SummaryData) => report(settings, durationMs, data),
    send: (run: Run) => sendTraffic(settings, ledger, run),
    sendViral: (run: Run) => sendTraffic(settings, ledger, run, 1),
  }
}
