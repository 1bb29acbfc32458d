// What writing the counts takes, by the form in which rows reach Cassandra: nodes, and CPU of the processors. Pure.

import { PARTITIONS_MAX } from '../../stores/layouts/layout-changes.ts'
import { distinct } from './distinct.ts'
import type { Form, Load } from './load.ts'
import {
  DAY_S,
  HOUR_S,
  NODES_LEAST,
  PARTITIONS_A_PROCESSOR,
  PARTITIONS_LEAST,
  PROCESSES_LEAST,
  USED_MAX,
  ZONES,
} from './planning.ts'
import { sum, times, wholes } from './ranges.ts'
import type { Range } from './results.ts'
import { onCurve, type UnitCosts } from './unit-costs.ts'

export type CountsPlan = {
  readonly form: Form
  /** Rows/s that one node takes when it does nothing else. */
  readonly rowsANode: Range
  readonly rowsAStatement: number
  readonly nodes: Range
  /** CPU of the processors, in cores. */
  readonly processorCores: Range
  /** Where rows of many videos share a partition: its shards. */
  readonly shards: number | null
}

/** Docs/decisions/0036: so many for each node. */
const SHARDS_A_NODE = 16
/** Rows of a statement: over many partitions, and of one. */
const STATEMENT_ROWS_MAX: Readonly<Record<Form, number>> = { single: 1, day: 20, shared: 100 }
/** Nodes decide the shards, shards the rows of a statement, and those the nodes: this often. */
const ROUNDS = 50

/** Rows written a second. A video has one source in a minute, so sources do not matter. */
export function rowWritesOf(load: Load): number {
  return distinct(load, load.rate * load.flushS) / load.flushS
}

/**
 * Entries of indexes beside the rows: at least one for each new (series, day) that a process sees, or (series, hour) if
 * a partition is of one video; at most one for each row, where a process forgets what it noted before the series comes
 * again.
 */
export function indexEntriesOf(load: Load): Range {
  const rows = rowWritesOf(load)
  const seconds = load.form === 'shared' ? DAY_S : HOUR_S
  return { low: Math.min(rows, distinct(load, load.rate * seconds) / seconds), high: rows }
}

export function partitionsFor(processors: number): number {
  return Math.min(PARTITIONS_MAX, Math.max(PARTITIONS_LEAST, PARTITIONS_A_PROCESSOR * processors))
}

export function planCounts(load: Load, costs: UnitCosts, form: Form): CountsPlan {
  const rows = rowWritesOf(load)
  if (form !== 'shared')
    return planned(load, costs, { form, rowsAStatement: STATEMENT_ROWS_MAX[form], shards: null })
  let nodes = NODES_LEAST
  let plan: CountsPlan | null = null
  for (let round = 0; round < ROUNDS; round++) {
    const shards = 2 ** Math.floor(Math.log2(SHARDS_A_NODE * nodes))
    // The rows of each source are written by themselves.
    const sources = partitionsFor(plan === null ? PROCESSES_LEAST : processorsFor(plan.processorCores).high)
    const rowsAStatement = Math.min(
      STATEMENT_ROWS_MAX.shared,
      Math.max(1, (rows * load.flushS) / sources / shards),
    )
    plan = planned(load, costs, { form, rowsAStatement, shards })
    if (plan.nodes.high === nodes) break
    nodes = plan.nodes.high
  }
  return plan!
}

/** Two at least, so that one may die. */
export function processorsFor(cores: Range): Range {
  return wholes(times(cores, 1 / USED_MAX), 2)
}

function planned(
  load: Load,
  costs: UnitCosts,
  { form, rowsAStatement, shards }: Pick<CountsPlan, 'form' | 'rowsAStatement' | 'shards'>,
): CountsPlan {
  const rows = rowWritesOf(load)
  const rowsANode = nodeRateOf(costs, form, rowsAStatement)
  const busy = { low: (rows * load.copies) / rowsANode.high, high: (rows * load.copies) / rowsANode.low }
  const lostZone = ZONES / (ZONES - 1)
  return {
    ...{ form, rowsANode, rowsAStatement, shards },
    nodes: wholes(times(busy, lostZone / USED_MAX), Math.max(NODES_LEAST, load.copies)),
    processorCores: processorCoresOf(load, costs, form, rows),
  }
}

/**
 * By the rows/s of single upserts, and how much less CPU a row takes in this form, which one benchmark measured for
 * all of them; but no more than was ever seen.
 */
function nodeRateOf(costs: UnitCosts, form: Form, rowsAStatement: number): Range {
  const single = costs.of('cassandra.single.rate')
  const singleCpu = costs.of('cassandra.single')
  const cpu = form === 'shared' ? onCurve(costs.curve, rowsAStatement) : costs.of(`cassandra.${form}`)
  const most = costs.of('cassandra.batched.rate')
  return {
    low: Math.min(single.low * Math.max(1, singleCpu.low / cpu.high), most.low),
    high: Math.min(single.high * Math.max(1, singleCpu.high / cpu.low), most.high),
  }
}

/** What an event of few rows costs, and the client's part for each row more. */
function processorCoresOf(load: Load, costs: UnitCosts, form: Form, rows: number): Range {
  const counting = times(costs.of('processor'), load.rate / 1e6)
  const measuredRows = costs.of('processor.rows').high * load.rate
  return sum(counting, times(costs.of(`client.${form}`), Math.max(0, rows - measuredRows) / 1e6))
}
