// Runs one simulated world from beginning to end: traffic and faults, then healing; at the end the counts must be
// exact.

import { dayOf, MINUTES_PER_DAY, minuteOf } from '../model/bucket.ts'
import type { SchemaSet } from '../schemas/schema-set.ts'
import { startChaos } from './chaos.ts'
import { checkEnd } from './check-end.ts'
import { Node } from './node.ts'
import type { Random } from './random.ts'
import type { SimulatedReconciler } from './simulated-batch.ts'
import { drawTraffic } from './traffic.ts'
import { Violation } from './witness.ts'
import { World } from './world.ts'

/** How long a healed world may take to resolve every event and store every count. */
const PROGRESS_MS = 15 * 60_000
/** When the last request in flight has reached the log. */
const REQUESTS_MS = 150_000
/** When the last straggling write of a zombie has reached its replica. */
const STRAGGLERS_MS = 10 * 60_000

/** When every hour that has an event is closed, and the day with it. */
const HOURS_CLOSE_MS = 27 * 3_600_000
/** The time between recounts of a world in which nothing happens any more. */
const RECOUNT_PAUSE_MS = 5_000

export type WorldReport = {
  readonly seed: number
  readonly violation: unknown
  readonly events: number
  readonly counted: number
  readonly copies: number
  readonly faults: number
}

export async function runWorld(
  seed: number,
  schemas: SchemaSet,
  trace: (line: string) => void = () => {},
): Promise<WorldReport> {
  const world = new World(seed, schemas, trace)
  const { scheduler, settings, random } = world
  const endMs = scheduler.nowMs + settings.trafficMs
  const failed = () => world.violation !== null
  for (let i = 0; i < settings.partitioners; i++) world.startPartitioner()
  world.startOwners(1)
  if (settings.batch !== null) world.startReconcilers()
  sendTraffic(world, random)
  const chaos = startChaos(world, endMs)
  await scheduler.runUntil(failed, endMs)
  chaos.stop()
  world.heal()
  const deadlineMs = scheduler.nowMs + PROGRESS_MS
  let ended = false
  const ensure = () => {
    world.startOwners(1)
    if (!failed() && !ended) scheduler.after(20_000, ensure)
  }
  ensure()
  await scheduler.runUntil(failed, scheduler.nowMs + REQUESTS_MS)
  const settled = await scheduler.runUntil(() => failed() || world.isSettled(), deadlineMs)
  if (!settled) world.fail(new Violation('no progress: the world was healed and did not settle'))
  ended = true
  for (const owner of world.owners) if (owner.alive) owner.stop()
  await scheduler.runUntil(failed, scheduler.nowMs + STRAGGLERS_MS)
  if (settings.batch !== null) await lastRecount(world)
  if (!failed()) await checkEnd(world)
  return toReport(seed, world)
}

/** Lets all hours close, and recounts until they are reconciled: a run may have begun before all data had arrived. */
async function lastRecount(world: World): Promise<void> {
  const { scheduler, settings, batchStores } = world
  for (const { node } of world.reconcilers) node.crash()
  const through = dayOf(minuteOf(scheduler.nowMs + settings.aheadMs)) + MINUTES_PER_DAY
  scheduler.nowMs += HOURS_CLOSE_MS
  world.startReconcilers()
  world.sharedBatch?.settle()
  const reconciler = world.reconcilers.at(-1)!
  const failed = () => world.violation !== null
  const deadlineMs = scheduler.nowMs + PROGRESS_MS
  const archived = () => failed() || reconciler.isUpToDate()
  if (!(await scheduler.runUntil(archived, deadlineMs)))
    world.fail(new Violation('no progress: the log is not archived to its end'))
  do {
    if (!(await isRun(reconciler, world, deadlineMs)))
      world.fail(new Violation('no progress: the last recount did not end'))
    await scheduler.runUntil(failed, scheduler.nowMs + RECOUNT_PAUSE_MS)
  } while (
    !failed() &&
    scheduler.nowMs < deadlineMs &&
    (batchStores.rollups.reconciled?.toMinute ?? 0) < through
  )
  for (const { node } of world.reconcilers) node.crash()
}

async function isRun(reconciler: SimulatedReconciler, world: World, deadlineMs: number): Promise<boolean> {
  let over = false
  reconciler
    .runOnce()
    .catch(world.fail)
    .finally(() => {
      over = true
    })
  return world.scheduler.runUntil(() => over, deadlineMs)
}

function sendTraffic(world: World, random: Random): void {
  const client = new Node('client', world.scheduler, 0)
  const alive = () => {
    const partitioners = world.partitioners.filter(({ node }) => !node.crashed)
    return partitioners.length > 0 ? partitioners : world.partitioners
  }
  for (const { atMs, events } of drawTraffic(random, world.settings, world.scheduler.nowMs)) {
    world.scheduler.after(atMs - world.scheduler.nowMs, () => {
      world.outbox.send(client, random, events, alive, world.weather).catch(world.fail)
    })
  }
}

function toReport(seed: number, { violation, outbox, witness, faults }: World): WorldReport {
  const ledgers = Array.from(witness.sources.values(), ({ prefixes }) => prefixes.at(-1)?.ledger)
  const sum = (of: 'counted' | 'duplicate') => ledgers.reduce((n, ledger) => n + (ledger?.[of] ?? 0), 0)
  return {
    seed,
    violation,
    events: outbox.sent.size,
    counted: sum('counted'),
    copies: sum('duplicate'),
    faults,
  }
}
