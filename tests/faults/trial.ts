// Injects one fault after another under a steady stream, each with time to recover, and records the effects of each.
import { setTimeout as sleep } from 'node:timers/promises'
import { Random } from '../../simulator/random.ts'
import type { Options } from './faults-options.ts'
import { inject } from './inject.ts'
import { freshSinceMs, longestGapMs } from './moments.ts'
import type { Poller } from './poller.ts'
import { type Fault, faultOf, faultsOf } from './schedule.ts'
import type { Sender } from './sender.ts'
import type { Row } from './table.ts'
import type { World } from './world.ts'

/** Generous, because a busy machine is slow: it is only for clusters that never recover. */
const RECOVERY_MS_MAX = 600_000
/** Counts count as fresh when they have been fresh for this long. */
const SETTLED_MS = 2_000
const LOOK_MS = 100

export type Watched = { readonly world: World; readonly sender: Sender; readonly poller: Poller }

/** At least one fault. Adds rows while it runs. Fails if a cluster does not recover, and when `signal` is aborted. */
export async function tryFaults(
  watched: Watched,
  options: Options,
  rows: Row[],
  signal: AbortSignal,
): Promise<void> {
  const random = new Random(options.seed)
  const { proxies, spoolDisk } = watched.world
  const servers = { ...options, proxies: proxies !== null, spoolDisk: spoolDisk !== null }
  const faults = faultsOf(random, servers, options.kinds)
  await settled(watched, performance.now(), signal)
  const endMs = performance.now() + options.minutes * 60_000
  do {
    const fault = faults.next().value
    rows.push(await tryFault(watched, { ...fault, holdMs: options.holdMs ?? fault.holdMs }, signal))
  } while (performance.now() < endMs)
  rows.push(await tryFault(watched, faultOf(random, 'restart-all', servers), signal))
}

async function tryFault(watched: Watched, fault: Fault, signal: AbortSignal): Promise<Row> {
  const { world, sender, poller } = watched
  await sleep(fault.delayMs, undefined, { signal })
  console.log(`${new Date().toISOString()} ${fault.kind} ${fault.targets.join(' ')} for ${fault.holdMs} ms`)
  const startMs = performance.now()
  await inject(fault, world, sender)
  const healedMs = performance.now()
  const freshMs = await settled(watched, healedMs, signal)
  const endMs = performance.now()
  const acks = sender.acks.filter(({ atMs }) => atMs >= startMs && atMs <= endMs)
  return {
    fault,
    lastedMs: healedMs - startMs,
    events: acks.reduce((sum, { events }) => sum + events, 0),
    refused: sender.refusedMs.filter((atMs) => atMs >= startMs && atMs <= endMs).length,
    doorGapMs: longestGapMs(
      acks.map(({ atMs }) => atMs),
      startMs,
      endMs,
    ),
    queryGapMs: longestGapMs(
      poller.answers.map(({ atMs }) => atMs),
      startMs,
      endMs,
    ),
    recoveryMs: Math.max(0, freshMs - startMs),
  }
}

/**
 * Resolves with the time when counts became fresh, once they have been fresh for SETTLED_MS and events are
 * acknowledged.
 */
async function settled({ sender, poller }: Watched, healedMs: number, signal: AbortSignal): Promise<number> {
  for (;;) {
    await sleep(LOOK_MS, undefined, { signal })
    const nowMs = performance.now()
    const sinceMs = freshSinceMs(poller.answers, nowMs)
    const taking = nowMs - (sender.acks.at(-1)?.atMs ?? 0) < SETTLED_MS
    if (sinceMs !== null && taking && nowMs - Math.max(sinceMs, healedMs) > SETTLED_MS) return sinceMs
    if (nowMs - healedMs > RECOVERY_MS_MAX) throw new Error(`not fresh again ${RECOVERY_MS_MAX} ms after it`)
  }
}
