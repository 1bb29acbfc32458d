// A worker thread: loads the script, runs its part of the iterations, and reports its measurements to the main
// thread.
import { dirname } from 'node:path'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { pathToFileURL } from 'node:url'
import { parentPort, workerData } from 'node:worker_threads'
import { Fault } from '../../../lib/fault.ts'
import { checkCounts } from './checks.ts'
import { currentContext, runIn, setAround } from './context.ts'
import { Registry } from './measure/registry.ts'
import { missing } from './missing.ts'
import { resolveModules } from './modules/resolve.ts'
import type { Ended, FromWorker, Loaded, Request, ToWorker, WorkerSettings } from './protocol.ts'
import { runScenarios } from './run-scenarios.ts'
import { readScriptOptions, type ScriptOptions } from './script-options.ts'

const SAMPLES_EVERY_MS = 1_000
/** The resolution of the measured delay. */
const LOOP_RESOLUTION_MS = 10
const NANOSECONDS_PER_MS = 1e6
const NO_TAGS = () => ({})
const LACKS_EXPORT = /module '(.+)' does not provide an export named '(.+)'/
const BUILT_IN = [
  ['http_reqs', 'counter', false],
  ['http_req_duration', 'trend', true],
  ['http_req_failed', 'rate', false],
  ['data_sent', 'counter', false],
  ['data_received', 'counter', false],
  ['checks', 'rate', false],
  ['iterations', 'counter', false],
  ['iteration_duration', 'trend', true],
  ['dropped_iterations', 'counter', false],
  ['sender_late_ms', 'gauge', true],
] as const

const { script, env, share } = workerData as WorkerSettings
const registry = new Registry()
const stopping = new AbortController()
let functions: Readonly<Record<string, unknown>> = {}
let options: ScriptOptions | null = null

function tell(message: FromWorker): void {
  parentPort!.postMessage(message)
}

async function load(): Promise<Loaded> {
  for (const [name, type, isTime] of BUILT_IN) registry.declare(name, { type, isTime })
  setAround({
    registry,
    abortTest(reason) {
      stopping.abort()
      tell({ kind: 'abort', reason })
    },
    failTest: (reason) => tell({ kind: 'fail', reason }),
  })
  defineGlobals()
  const url = pathToFileURL(script)
  resolveModules(`${pathToFileURL(dirname(script)).href}/`)
  functions = await import(url.href).catch((error: Error) => {
    const [, module, name] = LACKS_EXPORT.exec(error.message) ?? []
    throw module?.startsWith('k6') ? missing(`${name} in ${module}`) : error
  })
  const given = functions.options ?? {}
  options = readScriptOptions(given as Record<string, unknown>)
  registry.want(options.thresholds.map(({ metric }) => metric))
  for (const { metric } of options.thresholds) {
    if (registry.sink(metric) === null) throw new Fault(`thresholds.${metric}: there is no such metric.`)
  }
  return {
    metrics: registry.all().map(({ name, kind }) => [name, kind] as const),
    options: JSON.stringify(given),
    functions: Object.keys(functions).filter((name) => typeof functions[name] === 'function'),
  }
}

/** `setup`, `teardown` or `handleSummary`. */
async function call(name: string, argument: unknown, timeoutMs: number): Promise<unknown> {
  const signal = AbortSignal.timeout(timeoutMs)
  const context = {
    ...{ scenario: null, scenarioStartedMs: 0, vu: 0, iterationOfVu: 0, iteration: 0 },
    tags: { group: `::${name}` },
    signal,
  }
  const result = await runIn(context, async () =>
    (functions[name] as (argument: unknown) => unknown)(argument),
  )
  tell({ kind: 'samples', deltas: registry.drain() })
  return result
}

async function run(data: unknown): Promise<Ended> {
  const loop = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS })
  loop.enable()
  const timer = setInterval(() => {
    registry.add('sender_late_ms', Math.max(0, loop.max / NANOSECONDS_PER_MS - LOOP_RESOLUTION_MS), NO_TAGS)
    loop.reset()
    tell({ kind: 'samples', deltas: registry.drain() })
  }, SAMPLES_EVERY_MS)
  try {
    const interrupted = await runScenarios({
      options: options!,
      functions: functions as Record<string, (data: unknown) => unknown>,
      data,
      share,
      stopping: stopping.signal,
      onFault: (error) => tell({ kind: 'failed-iteration', message: wordsOf(error) }),
    })
    return { interrupted, checks: checkCounts() }
  } finally {
    clearInterval(timer)
    tell({ kind: 'samples', deltas: registry.drain() })
  }
}

function answer(request: Request): Promise<unknown> {
  switch (request.kind) {
    case 'load':
      return load()
    case 'call':
      return call(request.name, request.argument, request.timeoutMs)
    case 'run':
      return run(request.data)
    case 'stop':
      stopping.abort()
      return Promise.resolve()
  }
}

function defineGlobals(): void {
  Object.defineProperties(globalThis, {
    __ENV: { value: env },
    __VU: { get: () => currentContext()?.vu ?? 0 },
    __ITER: { get: () => currentContext()?.iterationOfVu },
    open: {
      get: () => {
        throw missing('open')
      },
    },
  })
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

parentPort!.on('message', ({ id, request }: ToWorker) => {
  answer(request).then(
    (value) => tell({ kind: 'answer', id, value }),
    (error: unknown) => {
      const isFault = error instanceof Fault
      const message = isFault ? error.message : wordsOf(error)
      tell({ kind: 'fault', id, message, isFault })
    },
  )
})
