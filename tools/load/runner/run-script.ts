// A test from `setup` to `teardown`: what its summary will hold.
import { setTimeout as sleep } from 'node:timers/promises'
import { LoadFault } from '../load-fault.ts'
import { sumOfChecks } from './checks.ts'
import type { Registry } from './measure/registry.ts'
import { aborting } from './measure/thresholds.ts'
import type { ScriptHost } from './script-host.ts'
import { type K6Summary, summaryDataOf } from './summary-data.ts'

export type Ran = {
  readonly summary: K6Summary
  readonly startedMs: number
  readonly interrupted: number
  /** Why it ended early; null where it did not. */
  readonly aborted: string | null
  /** What the script or an iteration of it complained of. */
  readonly failures: readonly string[]
}

export type Watch = {
  /** Called when the scenarios begin, and about each second from then on. */
  readonly onBegin: (startedMs: number) => void
  readonly onTick: (registry: Registry, elapsedMs: number) => void
}

const TICK_MS = 1_000

/** Fails where `setup` fails. @param ending aborted when the run is to end early; its reason is told */
export async function runScript(host: ScriptHost, ending: AbortSignal, watch: Watch): Promise<Ran> {
  const { options, registry } = host
  const data = await host.call('setup', undefined, options.setupTimeoutMs)
  if (host.aborted.signal.aborted) throw host.aborted.signal.reason
  const startedMs = Date.now()
  watch.onBegin(startedMs)
  const elapsedMs = () => Date.now() - startedMs
  const stop = AbortSignal.any([ending, host.aborted.signal])
  const over = new AbortController()
  const running = host.run(data).finally(() => over.abort())
  stop.addEventListener('abort', () => void host.stop())
  if (stop.aborted) await host.stop()
  const watching = (async () => {
    while (!over.signal.aborted) {
      await sleep(TICK_MS, undefined, { signal: over.signal }).catch(() => {})
      watch.onTick(registry, elapsedMs())
      const failed = aborting(options.thresholds, registry, elapsedMs())
      if (failed !== null) {
        host.aborted.abort(new LoadFault(`the threshold ${failed.metric}: ${failed.expression} is not kept`))
      }
    }
  })()
  const ended = await running
  await watching
  const tookMs = elapsedMs()
  await host.call('teardown', data, options.teardownTimeoutMs)
  return {
    summary: summaryDataOf({
      registry,
      options,
      elapsedMs: tookMs,
      checks: sumOfChecks(ended.map(({ checks }) => checks)),
    }),
    startedMs,
    interrupted: ended.reduce((sum, { interrupted }) => sum + interrupted, 0),
    aborted: stop.aborted ? (stop.reason as Error).message : null,
    failures: host.failures,
  }
}
