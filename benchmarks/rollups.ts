// What it costs to roll up an hour of many series on the Cassandra that CASSANDRA_CONTACT_POINTS names: their hours are
// written, and their days are added up and written. One by one, sixteen in flight, as it was done before; and
// grouped, as it is done now, within a limit that adapts to how fast the store answers. Both must come to the same.
import assert from 'node:assert/strict'
import { mapBounded } from '../lib/map-bounded.ts'
import { systemClock } from '../lib/system-clock.ts'
import { DAY_MS, dayOf, MINUTES_PER_DAY, MINUTES_PER_HOUR, minuteOf } from '../model/bucket.ts'
import type { Quarters } from '../model/quarters.ts'
import { EMPTY, sumOf } from '../model/total.ts'
import { rollUp } from '../services/reconciler/recount/recount-share.ts'
import { CassandraRollups } from '../stores/counts/cassandra/cassandra-rollups.ts'
import type { RollupRow } from '../stores/counts/rollups.ts'
import { openTestKeyspace } from '../testing/cassandra-keyspace.ts'
import { cpuSeconds } from './cluster/process-usage.ts'
import { print, type Row } from './report.ts'
import { scaleOf } from './scale.ts'

type Hour = readonly RollupRow[]
type Way = {
  readonly name: string
  readonly rollUp: (rollups: CassandraRollups, version: number, hour: Hour) => Promise<void>
}

const BEFORE_IN_FLIGHT = 16
/** As a recount hands them over. */
const ROWS_TOGETHER = 2_000
const HOURS = 3

const WAYS: readonly Way[] = [
  { name: 'one by one, 16 in flight', rollUp: rollUpOneByOne },
  { name: 'grouped, adaptive limit', rollUp },
]

const { quick } = scaleOf(process.argv)
const series = quick ? 2_000 : 50_000
const { CASSANDRA_PID: pid } = process.env
const day = dayOf(minuteOf(systemClock.nowMs() - DAY_MS))

await using keyspace = await openTestKeyspace()
const retention = { minutesMs: 14 * DAY_MS, hoursMs: 400 * DAY_MS }
const rows: Row[] = []
for (const [i, way] of WAYS.entries()) {
  const rollups = new CassandraRollups(keyspace.client, systemClock, retention)
  rows.push(await measure(rollups, way, `tenant-${i}`))
}
print(`rollups: ${HOURS} hours of ${series} series, a row of the hour and one of the day each`, rows)

async function measure(rollups: CassandraRollups, way: Way, tenant: string): Promise<Row> {
  const ours = process.cpuUsage()
  const storeBefore = pid === undefined ? 0 : cpuSeconds(Number(pid))
  const startedMs = performance.now()
  for (let i = 0; i < HOURS; i++) {
    for (let from = 0; from < series; from += ROWS_TOGETHER) {
      const hour = day + i * MINUTES_PER_HOUR
      await way.rollUp(rollups, 100 + i, hourOf(hour, tenant, from, Math.min(series, from + ROWS_TOGETHER)))
    }
  }
  const seconds = (performance.now() - startedMs) / 1_000
  const { user, system } = process.cpuUsage(ours)
  const store = pid === undefined ? 0 : cpuSeconds(Number(pid)) - storeBefore
  await check(rollups, tenant)
  const millions = (HOURS * series) / 1e6
  return {
    way: way.name,
    'series-hours/s': Math.round((HOURS * series) / seconds),
    'rows/s': Math.round((2 * HOURS * series) / seconds),
    'CPU-s per million of ours': (user + system) / 1e6 / millions,
    'of Cassandra': store / millions,
  }
}

function hourOf(start: number, tenant: string, from: number, to: number): Hour {
  return Array.from({ length: to - from }, (_, i) => {
    const videoId = `video-${from + i}`
    const aggregate = { ...EMPTY, count: from + i + 1 }
    const quarters = [aggregate, EMPTY, EMPTY, EMPTY] satisfies Quarters
    return { series: { tenant, videoId, type: 'view' }, start, aggregate, quarters }
  })
}

async function check(rollups: CassandraRollups, tenant: string): Promise<void> {
  for (let i = 0; i < series; i += Math.ceil(series / 100)) {
    const one = { tenant, videoId: `video-${i}`, type: 'view' }
    const range = { resolution: 'day', from: day, to: day + MINUTES_PER_DAY } as const
    const { periods } = await rollups.readRollups(one, range)
    assert.equal(periods[0]?.aggregate.count, HOURS * (i + 1), one.videoId)
  }
}

async function rollUpOneByOne(rollups: CassandraRollups, version: number, hour: Hour): Promise<void> {
  await rollups.writeRollups('hour', version, hour)
  const range = { resolution: 'hour', from: day, to: day + MINUTES_PER_DAY } as const
  const days = await mapBounded(hour, BEFORE_IN_FLIGHT, async (row) => {
    const { periods } = await rollups.readRollups(row.series, range)
    return { series: row.series, start: day, aggregate: sumOf(periods.map(({ aggregate }) => aggregate)) }
  })
  await rollups.writeRollups('day', version, days)
}
