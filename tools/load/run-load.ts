// One load test from a system to a verdict: script → exactness check → report.
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Seen, type SummaryData, statOf, type Verdict } from '../../load-tests/lib/summary.ts'
import { createClient } from '../../sdk/src/node/index.ts'
import { PATIENCE, type Patience, verify } from './exact/verify.ts'
import { type Injected, injectFaults } from './inject-faults.ts'
import type { Options } from './load-options.ts'
import { Progress } from './progress.ts'
import { type Ran, runScript } from './runner/run-script.ts'
import { ScriptHost } from './runner/script-host.ts'
import { Breaking } from './system/breaking.ts'
import { chartsOf, figuresOf } from './system/figures.ts'
import { type Course, Monitor } from './system/monitor.ts'
import { rssSlope, rssSlopePerHour } from './system/slope.ts'
import type { Target } from './targets/target.ts'

export type Surroundings = {
  readonly print: (line: string) => void
  readonly patience?: Patience
}

export type Outcome = {
  readonly isGood: boolean
  readonly isExact: boolean
  /** Why the run fails, one line each: thresholds, and errors of the script. */
  readonly faults: readonly string[]
  readonly verdict: Verdict
  readonly summary: SummaryData
}

/** A killed server is away for seconds; the check waits longer. */
const RETRY = { attemptsMax: 60, deadlineMs: 120_000, delayCapMs: 2_000 }
const GROWTH_PER_HOUR_MAX = 0.01
const SUMMARY_TIMEOUT_MS = 120_000
const MICROSECONDS_PER_SECOND = 1e6

/** Prints the result; the last line says whether all counts are exact. Fails if there is no result. */
export async function runLoad(
  target: Target,
  options: Options,
  ending: AbortSignal,
  { print, patience = PATIENCE }: Surroundings,
): Promise<Outcome> {
  const env = { ...options.env, URL: target.url, OUT: options.out }
  const host = await ScriptHost.load({ script: options.script, env, workers: options.workers })
  const end = AbortSignal.any([ending, target.crashed])
  const progress = new Progress(print)
  try {
    const { ran, monitor, notes, headline, senderCpuS } = await runWatched(
      host,
      target,
      options,
      end,
      progress,
      print,
    )
    end.throwIfAborted()
    const client = createClient({
      url: target.url,
      retry: RETRY,
      ...(options.apiKey !== null && { apiKey: options.apiKey }),
    })
    const verdict = await verify(client, ran.summary, end, patience)
    const seen = {
      target: target.name,
      verdict,
      figures: [
        ...(headline === null ? [] : [{ name: 'breaking point', text: headline }]),
        ...figuresOf(monitor.courses, statOf(ran.summary, 'events_acknowledged'), senderCpuS),
      ],
      charts: chartsOf(monitor.courses, ran.startedMs),
      notes,
      faults: [...otherFaultsOf(ran), ...(options.name === 'soak' ? growing(monitor.courses) : [])],
    }
    const summary: SummaryData = { ...ran.summary, seen }
    await writeFiles(await host.call('handleSummary', summary, SUMMARY_TIMEOUT_MS), print)
    const faults = [...brokenThresholds(ran.summary), ...seen.faults]
    progress.conclude(summary, faults)
    print(verdict.text)
    return {
      isGood: verdict.isExact && faults.length === 0,
      isExact: verdict.isExact,
      faults,
      verdict,
      summary,
    }
  } finally {
    await host.end()
  }
}

type WatchedRun = {
  readonly ran: Ran
  readonly monitor: Monitor
  readonly notes: Seen['notes']
  /** Where it broke; null unless breaking was the purpose. */
  readonly headline: string | null
  readonly senderCpuS: number
}

/** Runs the script while the system is monitored and faults are injected. */
async function runWatched(
  host: ScriptHost,
  target: Target,
  options: Options,
  end: AbortSignal,
  progress: Progress,
  print: (line: string) => void,
): Promise<WatchedRun> {
  const monitor = new Monitor(target.watched)
  const breaking = new Breaking(monitor.courses)
  const faultsEnd = new AbortController()
  const cpuBefore = process.cpuUsage()
  let injecting: Promise<Injected[]> = Promise.resolve([])
  try {
    const ran = await runScript(host, end, {
      onBegin(startedMs) {
        monitor.start()
        const signal = AbortSignal.any([end, faultsEnd.signal])
        injecting = injectFaults(
          target.faults,
          options.faultEveryMs,
          lengthMs(host),
          startedMs,
          signal,
          print,
        )
      },
      onTick(registry, elapsedMs) {
        progress.tick(registry, elapsedMs)
        breaking.tick(registry, elapsedMs)
      },
    })
    const { user, system } = process.cpuUsage(cpuBefore)
    faultsEnd.abort()
    const broken = options.name === 'stress' ? breaking : null
    const notes = [...(await injecting), ...(broken?.notes() ?? [])].sort((a, b) => a.atMs - b.atMs)
    const headline = broken?.headline() ?? null
    return { ran, monitor, notes, headline, senderCpuS: (user + system) / MICROSECONDS_PER_SECOND }
  } finally {
    faultsEnd.abort()
    await monitor.stop()
  }
}

/** When the last scenario sends its last request for the first time. */
function lengthMs({ options }: ScriptHost): number {
  return Math.max(
    ...options.scenarios.map(({ startMs, executor }) => {
      return startMs + ('arrivals' in executor ? executor.arrivals.durationMs : executor.durationMs)
    }),
  )
}

function brokenThresholds({ metrics }: SummaryData): string[] {
  return Object.entries(metrics).flatMap(([metric, { thresholds = {}, values }]) =>
    Object.entries(thresholds)
      .filter(([, { ok }]) => !ok)
      .map(([text]) => `${metric}: ${text} is not kept: ${JSON.stringify(values)}`),
  )
}

function otherFaultsOf({ aborted, failures, interrupted }: Ran): string[] {
  return [
    ...failures,
    ...(aborted === null ? [] : [`ended early: ${aborted}`]),
    ...(interrupted === 0 ? [] : [`${interrupted} iterations were cut off`]),
  ]
}

/** In a long run, memory that keeps growing is a failure. */
function growing(courses: readonly Course[]): string[] {
  return courses
    .filter(({ looks }) => (rssSlopePerHour(looks) ?? 0) > GROWTH_PER_HOUR_MAX)
    .map(({ name, looks }) => `memory of ${name}: ${rssSlope(looks)}`)
}

async function writeFiles(files: unknown, print: (line: string) => void): Promise<void> {
  for (const [path, content] of Object.entries((files ?? {}) as Record<string, string>)) {
    if (path === 'stdout' || path === 'stderr') {
      print(content.trim())
      continue
    }
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
  }
}
