// Runs a test from `setup` to `teardown` and returns the content of its summary.
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Fault } from '../../../lib/fault.ts'
import { sumOfChecks } from './checks.ts'
import type { Registry } from './measure/registry.ts'
import { aborting } from './measure/thresholds.ts'
import type { ScriptHost } from './script-host.ts'
import { type K6Summary, summaryDataOf } from './summary-data.ts'

export type Ran = {
  readonly summary: K6Summary
  readonly startedMs: number
  readonly interrupted: number
  /** Why it ended early; null if it did not. */
  readonly aborted: string | null
  /** Errors of the script or its iterations. */
  readonly failures: readonly string[]
}

export type Watch = {
  /** Called when the scenarios begin, and about each second from then on. */
  readonly onBegin: (startedMs: number) => void
  readonly onTick: (registry: Registry, elapsedMs: number) => void
}

const TICK_MS = 1_000

/**
 * Fails if `setup` fails, and with the reason of `ending` as soon as that is aborted: then the outcome of sent events
 * may be unknown. If the script or a threshold ends the test, running iterations still end by themselves.
 */
export async function runScript(host: ScriptHost, ending: AbortSignal, watch: Watch): Promise<Ran> {
  const { options, registry } = host
  const data = await setUp(host)
  const startedMs = Date.now()
  watch.onBegin(startedMs)
  const elapsedMs = () => Date.now() - startedMs
  const over = new AbortController()
  const stopped = host.aborted.signal
  stopped.addEventListener('abort', () => void host.stop())
  if (stopped.aborted) await host.stop()
  const watching = (async () => {
    while (!over.signal.aborted) {
      await sleep(TICK_MS, undefined, { signal: over.signal }).catch(() => {})
      watch.onTick(registry, elapsedMs())
      const failed = aborting(options.thresholds, registry, elapsedMs())
      if (failed === null) continue
      host.aborted.abort(new Fault(`the threshold ${failed.metric}: ${failed.expression} is not kept`))
    }
  })()
  const ended = await Promise.race([host.run(data), abortOf(ending)]).finally(() => over.abort())
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
    aborted: stopped.aborted ? (stopped.reason as Error).message : null,
    failures: host.failures,
  }
}

/** If the script aborts the test here, it fails with that reason. */
async function setUp(host: ScriptHost): Promise<unknown> {
  try {
    return await host.call('setup', undefined, host.options.setupTimeoutMs)
  } catch (error) {
    throw host.aborted.signal.aborted ? host.aborted.signal.reason : error
  }
}

/** Rejects with the reason; never resolves. */
async function abortOf(signal: AbortSignal): Promise<never> {
  if (!signal.aborted) await once(signal, 'abort')
  throw signal.reason
}
