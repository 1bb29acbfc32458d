// The usual iteration: one request with the iteration's events, named by the scenario.
import exec from 'k6/execution'
import { videosOfTraffic } from './freshness.ts'
import type { Ledger } from './ledger.ts'
import type { Run } from './names.ts'
import { send } from './send.ts'
import type { Settings } from './settings.ts'
import { batchOf } from './traffic.ts'

/** @param viralShare the share of events for one video */
export async function sendTraffic(
  settings: Settings,
  ledger: Ledger,
  run: Run,
  viralShare = 0,
): Promise<void> {
  const { name, iterationInTest } = exec.scenario
  const batch = batchOf({
    run,
    name,
    iteration: iterationInTest,
    events: settings.batchEvents,
    videos: videosOfTraffic(settings),
    nowMs: Date.now(),
    viralShare,
  })
  await send(settings, ledger, run, batch)
}
