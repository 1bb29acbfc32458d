// One reconciler of the benchmark of shared recounts: leads, or helps until the plan is carried out. Counts and
// rollups are in memory; archive and plans are on the disk that all share. Prints what it took as JSON.
import { join } from 'node:path'
import { systemClock } from '../lib/system-clock.ts'
import { MINUTE_MS } from '../model/bucket.ts'
import { helpOut, PATIENCE_MS } from '../services/reconciler/recount/carry-out.ts'
import { reconcile } from '../services/reconciler/recount/reconcile.ts'
import { openArchive } from '../stores/archive/duckdb/duckdb-archive.ts'
import { openLocalObjects } from '../stores/objects/local-objects.ts'
import { ObjectPlans } from '../stores/plans/object-plans.ts'
import { MemoryCounts } from '../testing/memory-counts.ts'
import { MemoryRollups } from '../testing/memory-rollups.ts'
import { AHEAD_MS, HORIZON_MS } from './raw-workload.ts'

export type Order = {
  readonly directory: string
  readonly name: string
  readonly closedTo: number
  readonly partitions: number
  /** Which of them it has. */
  readonly mine: readonly number[]
  readonly leads: boolean
  readonly shareBytesMax: number
  readonly memoryMiB: number
}

export type Took = {
  readonly cpuSeconds: number
  /** Of whoever leads: what the audits say. */
  readonly buckets: number
  readonly events: number
}

const PLAN_WAIT_MS = 50
const FOREVER_MS = 10 * 365 * 24 * 60 * MINUTE_MS

const order: Order = JSON.parse(process.argv[2]!)
const scratchDirectory = join(order.directory, order.name)
const objects = await openLocalObjects(join(order.directory, 'archive'))
const archive = await openArchive({ objects, scratchDirectory, memoryMiB: order.memoryMiB, threads: 1 })
const plans = new ObjectPlans(objects)
const sharing = {
  plans,
  partitions: async () => order.partitions,
  isMine: (partition: number) => order.mine.includes(partition),
}
const rollups = new MemoryRollups()
const ports = {
  ...{ archive, rollups, sharing, counts: new MemoryCounts(), clock: systemClock },
  journal: { latest: async () => [] },
  forget: async () => {},
  removals: async () => () => Number.NEGATIVE_INFINITY,
}
const shares = { shareBytesMin: 1, shareBytesMax: order.shareBytesMax }
const window = { horizonMs: HORIZON_MS, aheadMs: AHEAD_MS }
const settings = { ...window, minutesKeptMs: FOREVER_MS, shares, patienceMs: PATIENCE_MS }
const { signal } = new AbortController()

process.send?.('open')
await new Promise((resolve) => process.once('message', resolve))
const before = process.cpuUsage()
const audits = order.leads ? await lead() : await help()
const { user, system } = process.cpuUsage(before)
const took: Took = {
  cpuSeconds: (user + system) / 1e6,
  buckets: audits.reduce((sum, audit) => sum + audit.buckets, 0),
  events: audits.reduce((sum, audit) => sum + audit.difference, 0),
}
process.send?.(took)
await archive.close()
process.disconnect?.()

async function lead() {
  const window = { closedTo: order.closedTo, completeFrom: 0, again: null }
  return (await reconcile(ports, settings, window, signal)).audits
}

/** Until a plan was there, and is not any more. */
async function help() {
  while ((await plans.current()) === null) await systemClock.sleep(PLAN_WAIT_MS)
  while ((await plans.current()) !== null) {
    if (!(await helpOut(ports, settings, signal))) await systemClock.sleep(PLAN_WAIT_MS)
  }
  return []
}
