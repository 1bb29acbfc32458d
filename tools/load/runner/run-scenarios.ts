// Runs a worker's share of all scenarios: each from its start time until the end of its grace period.
import { type Context, Interrupted, measure, runIn } from './context.ts'
import { missing } from './missing.ts'
import { TestAborted } from './modules/execution.ts'
import { realClock } from './schedule/clock.ts'
import { execute, type Share } from './schedule/execute.ts'
import type { Scenario, ScriptOptions } from './script-options.ts'

type Functions = Readonly<Record<string, (data: unknown) => unknown>>

export type Running = {
  readonly options: ScriptOptions
  readonly functions: Functions
  /** What `setup` returned. */
  readonly data: unknown
  readonly share: Share
  /** Aborted when no further iteration may start. */
  readonly stopping: AbortSignal
  readonly onFault: (error: unknown) => void
}

/** @returns how many iterations were interrupted at the end of the grace period */
export async function runScenarios(running: Running): Promise<number> {
  const all = running.options.scenarios.map((scenario) => runScenario(scenario, running))
  return (await Promise.all(all)).reduce((sum, interrupted) => sum + interrupted, 0)
}

async function runScenario(scenario: Scenario, running: Running): Promise<number> {
  const { options, functions, data, share, stopping, onFault } = running
  const run = functions[scenario.exec]
  if (run === undefined) throw missing(`function ${scenario.exec}`, `Scenario ${scenario.name} names it.`)
  await realClock.sleep(scenario.startMs, stopping)
  const interruption = new AbortController()
  const scenarioStartedMs = Date.now()
  const iterationsOfVu = new Map<number, number>()
  let interrupted = 0
  const iterate = async (vu: number, iteration: number) => {
    const iterationOfVu = iterationsOfVu.get(vu) ?? 0
    iterationsOfVu.set(vu, iterationOfVu + 1)
    const context: Context = {
      ...{ scenario, scenarioStartedMs, vu: vu + 1, iterationOfVu, iteration },
      tags: { ...options.tags, ...scenario.tags },
      signal: interruption.signal,
    }
    const startedMs = performance.now()
    try {
      await runIn(context, async () => run(data))
    } catch (error) {
      if (error instanceof Interrupted) interrupted++
      else if (!(error instanceof TestAborted)) onFault(error)
    }
    runIn(context, () => {
      measure('iterations', 1)
      measure('iteration_duration', performance.now() - startedMs)
    })
  }
  const onDropped = () => measure('dropped_iterations', 1, { ...options.tags, ...scenario.tags })
  const execution = { clock: realClock, share, signal: stopping, iterate, onDropped }
  const open = await execute(scenario.executor, execution)
  const over = new AbortController()
  const ended = Promise.all(open).then(() => over.abort())
  await realClock.sleep(scenario.gracefulStopMs, over.signal)
  interruption.abort()
  await ended
  return interrupted
}
