// The executors. Each starts iterations until its time is over, and resolves when no more will start. Several workers
// share a scenario: each runs every n-th iteration and its part of the virtual users.
import { setImmediate as turn } from 'node:timers/promises'
import type { Executor } from '../script-options.ts'
import type { Clock } from './clock.ts'

export type Share = { readonly worker: number; readonly workers: number }

export type Execution = {
  readonly clock: Clock
  readonly share: Share
  /** Aborted when no further iteration may start. */
  readonly signal: AbortSignal
  /** One iteration of a virtual user. Never rejects. */
  readonly iterate: (vu: number, iteration: number) => Promise<void>
  /** An iteration was due and no virtual user was free. */
  readonly onDropped: () => void
}

/** The longest time between starts; all iterations that are due by then start together. */
const TICK_MS = 2

/** @returns the iterations that are still running */
export async function execute(executor: Executor, execution: Execution): Promise<Promise<void>[]> {
  if ('arrivals' in executor) return byArrivals(executor, execution)
  return byVus(executor, execution)
}

async function byArrivals(
  { arrivals, vusMax }: Extract<Executor, { arrivals: object }>,
  { clock, share, signal, iterate, onDropped }: Execution,
): Promise<Promise<void>[]> {
  const free = vusOf(vusMax, share).reverse()
  const running = new Set<Promise<void>>()
  const startedMs = clock.nowMs()
  let next = share.worker
  while (!signal.aborted) {
    const elapsedMs = Math.min(clock.nowMs() - startedMs, arrivals.durationMs)
    for (const due = arrivals.dueBy(elapsedMs); next < due; next += share.workers) {
      const vu = free.pop()
      if (vu === undefined) {
        onDropped()
        continue
      }
      const iteration = iterate(vu, next).then(() => {
        free.push(vu)
        running.delete(iteration)
      })
      running.add(iteration)
    }
    if (elapsedMs >= arrivals.durationMs) break
    await clock.sleep(TICK_MS, signal)
  }
  return [...running]
}

async function byVus(
  { vus, durationMs, iterations, isPerVu }: Extract<Executor, { vus: number }>,
  { clock, share, signal, iterate }: Execution,
): Promise<Promise<void>[]> {
  const over = new AbortController()
  const endsMs = clock.nowMs() + durationMs
  const mayStart = () => !signal.aborted && !over.signal.aborted && clock.nowMs() < endsMs
  let shared = share.worker
  const loops = vusOf(vus, share).map(async (vu) => {
    for (let own = 0; mayStart(); own++) {
      const iteration = isPerVu ? vu * iterations + own : shared
      if (isPerVu ? own >= iterations : iteration >= iterations) break
      if (!isPerVu) shared += share.workers
      await iterate(vu, iteration)
      await turn() // an iteration without waits must not block the thread
    }
  })
  const all = Promise.all(loops)
  await Promise.race([all, clock.sleep(durationMs, AbortSignal.any([signal, over.signal]))])
  over.abort()
  return loops
}

/** The virtual users of this worker, numbered through the whole run. */
function vusOf(count: number, { worker, workers }: Share): number[] {
  return Array.from({ length: count }, (_, vu) => vu).filter((vu) => vu % workers === worker)
}
