// What breakdowns by attributes cost: the pass that keeps an hour by its attributes, beside the recount that each hour
// gets anyway; questions about the whole site, from raw events and from what that pass has kept; and counting, of
// events that carry attributes beside the same without.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { AUTOMATED } from '../model/automated.ts'
import {
  dayOf,
  HOUR_MS,
  hourOf,
  MINUTE_MS,
  MINUTES_PER_DAY,
  MINUTES_PER_HOUR,
  minuteOf,
  SECOND_MS,
} from '../model/bucket.ts'
import { NO_TALLY } from '../model/tally.ts'
import { rollUpRecounted } from '../services/reconciler/archiving/archive-maintenance.ts'
import { dueHours } from '../services/reconciler/recount/due-hours.ts'
import type { BreakdownQuestion } from '../stores/archive/breakdowns.ts'
import { type DuckdbArchive, openArchive } from '../stores/archive/duckdb/duckdb-archive.ts'
import { openLocalObjects } from '../stores/objects/local-objects.ts'
import { ManualClock } from '../testing/manual-clock.ts'
import { MemoryRollups } from '../testing/memory-rollups.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { coreOf, countDecoded, decodeAll } from './core-of.ts'
import { figure } from './notes.ts'
import { race, raceAsync } from './race.ts'
import { seededRandom } from './random.ts'
import { AHEAD_MS, HORIZON_MS, LATE_MS_MAX, rawBatches } from './raw-workload.ts'
import { print, speeds } from './report.ts'
import { scaleOf } from './scale.ts'
import { arrivals, recordsOf, truthOf } from './workload.ts'

/** How many values each attribute has, about as many as a platform sees. */
const VALUES = { country: 60, device: 4, browser: 8, referrer: 200 } as const
const DIMENSIONS = Object.keys(VALUES)
/** DIMENSION_VALUES_MAX where nothing else is set. */
const VALUES_MAX = 1_000
const START_MS = Date.UTC(2026, 0, 5, 12)
const ROUNDS_MAX = 3
const WINDOW = { horizonMs: HORIZON_MS, aheadMs: AHEAD_MS }
const SEED = 1
const MEMORY_MIB = 1_024
const CORES = 2
/** What the reconciler keeps hours by; nothing here grows old. */
const KEEPING = {
  ...WINDOW,
  ...{ dimensions: DIMENSIONS, dimensionValuesMax: VALUES_MAX, rawKeptMs: Infinity, hoursKeptMs: Infinity },
}
const RECORDS = { recordsPerStep: 50, recordsPerSeal: 100 }

type Keeper = {
  readonly archive: DuckdbArchive
  readonly rollups: MemoryRollups
  readonly clock: ManualClock
}

const { quick, rounds } = scaleOf(process.argv)
await recountAndKeep(quick ? 50_000 : 1_000_000)
for (const eventsPerHour of quick ? [1_000] : [100_000, 400_000]) await keepByTheHour(eventsPerHour)
await count(quick ? 50_000 : 500_000)

/** Few values are frequent. Each attribute is drawn by itself: else few texts would stand for all events. */
function attributesOf(random: () => number): string {
  const entries = Object.entries(VALUES).map(([name, count]) => [
    name,
    `${name}-${Math.floor(count * random() ** 2)}`,
  ])
  return JSON.stringify(Object.fromEntries(entries))
}

async function openedIn(path: string): Promise<DuckdbArchive> {
  return openArchive({
    objects: await openLocalObjects(join(path, 'archive')),
    scratchDirectory: join(path, 'scratch'),
    memoryMiB: MEMORY_MIB,
    threads: CORES,
  })
}

async function recountAndKeep(events: number): Promise<void> {
  await using directory = await temporaryDirectory()
  const archive = await openedIn(directory.path)
  try {
    const random = seededRandom(SEED)
    const spanMs = quick ? HOUR_MS / 4 : 3 * HOUR_MS
    for (const batch of rawBatches({ events, startMs: START_MS, spanMs }))
      await archive.store({
        ...batch,
        events: batch.events.map((event) => ({ ...event, attributes: attributesOf(random) })),
      })
    const from = hourOf(minuteOf(START_MS - LATE_MS_MAX - 2 * HORIZON_MS))
    const beforeMinute = hourOf(minuteOf(START_MS + spanMs)) + MINUTES_PER_HOUR
    const hours = (await archive.holdings()).map(({ hour }) => hour).filter((hour) => hour >= from)
    const recount = () => countedAgain(archive, hours, beforeMinute)
    const keep = async () => {
      await archive.dropDimensions(Number.POSITIVE_INFINITY) // what has not changed would not be made anew
      const what = { hours, dimensions: DIMENSIONS, valuesMax: VALUES_MAX, ...WINDOW }
      assert.deepEqual(await archive.rollUpDimensions(what), hours)
      return null
    }
    const distinct = await recount()
    const standings = await raceAsync<number | null>(
      [
        { name: 'recount', run: recount },
        { name: `kept by ${DIMENSIONS.join(', ')}`, run: keep },
      ],
      Math.min(rounds, ROUNDS_MAX),
      async (counted) => {
        if (counted !== null) assert.equal(counted, distinct)
      },
    )
    for (const by of DIMENSIONS) {
      const range = { by, from, to: beforeMinute, rowsMax: VALUES_MAX }
      assert.equal(await countedInSite(archive, { ...range, rolledUpHours: hours }), distinct, by)
    }
    print(
      `dimensions: ${hours.length} hours of ${events} events, ${CORES} threads`,
      speeds(standings, events),
    )
    const [recounted, kept] = standings
    figure('dimensions', 'times the recount alone', [1 + kept!.seconds / recounted!.seconds])
    await askSite(archive, { hours, from, to: beforeMinute, distinct })
  } finally {
    await archive.close()
  }
}

/**
 * A day as a live site has it, and the hour after it: small raw files are merged when an hour is closed, and once more
 * when the day is; then what has changed is recounted and kept by the rules of the reconciler.
 */
async function keepByTheHour(eventsPerHour: number): Promise<void> {
  await using directory = await temporaryDirectory()
  const archive = await openedIn(directory.path)
  const dayMs = dayOf(minuteOf(START_MS)) * MINUTE_MS
  const keeper: Keeper = {
    archive,
    rollups: new MemoryRollups(),
    clock: new ManualClock(dayMs + WINDOW.horizonMs),
  }
  try {
    const random = seededRandom(SEED)
    let [recounted, recountMs, kept, keepMs] = [0, 0, 0, 0]
    for (let i = 0; i <= MINUTES_PER_DAY / MINUTES_PER_HOUR; i++) {
      const startMs = dayMs + i * HOUR_MS
      for (const batch of rawBatches({ events: eventsPerHour, startMs, spanMs: HOUR_MS }))
        await archive.store({
          ...batch,
          sourceId: `${batch.sourceId}-${i}`,
          events: batch.events.map((event) => ({ ...event, attributes: attributesOf(random) })),
        })
      keeper.clock.advance(HOUR_MS)
      await archive.compact(minuteOf(startMs))
      const from = performance.now()
      recounted += await recountChanged(keeper, minuteOf(startMs) + MINUTES_PER_HOUR)
      const between = performance.now()
      kept += await rollUpRecounted(keeper, KEEPING)
      recountMs += between - from
      keepMs += performance.now() - between
    }
    assert.ok(kept >= MINUTES_PER_DAY / MINUTES_PER_HOUR)
    print(`dimensions: a day of ${eventsPerHour} events an hour, as it comes, ${CORES} threads`, [
      { pass: 'recounts', hours: recounted, seconds: recountMs / SECOND_MS },
      { pass: `kept by ${DIMENSIONS.join(', ')}`, hours: kept, seconds: keepMs / SECOND_MS },
    ])
    figure('dimensions', `a day of ${eventsPerHour} an hour, times its recounts`, [keepMs / recountMs])
  } finally {
    await archive.close()
  }
}

/** Recounts the hours that the reconciler would. Returns how many. */
async function recountChanged({ archive, rollups }: Keeper, closedTo: number): Promise<number> {
  const audits = new Map((await rollups.readHours(0, closedTo)).map((audit) => [audit.hour, audit]))
  const due = dueHours(await archive.holdings(), audits, { closedTo, completeFrom: 0, again: null })
  const hours = due.map(({ hour }) => hour)
  await countedAgain(archive, hours, closedTo)
  const as = {
    ...NO_TALLY,
    beforeMinute: closedTo,
    version: closedTo,
    recountedMs: 0,
    missing: [],
    purged: false,
    knowsQuarters: true,
    knowsSites: true,
  } as const
  await rollups.writeHours(due.map(({ hour, mark, lateMark }) => ({ ...as, hour, mark, lateMark })))
  return hours.length
}

async function countedAgain(
  archive: DuckdbArchive,
  hours: readonly number[],
  beforeMinute: number,
): Promise<number> {
  let counted = 0
  const { buckets } = await archive.recount({ hours, beforeMinute, ...WINDOW })
  for await (const lot of buckets) for (const { all } of lot) counted += all.count
  return counted
}

/** The whole site by country and by video: from raw events, and from hours that are rolled up. */
async function askSite(
  archive: DuckdbArchive,
  { hours, from, to, distinct }: { hours: readonly number[]; from: number; to: number; distinct: number },
): Promise<void> {
  await archive.rollUpDimensions({ hours, dimensions: [AUTOMATED], valuesMax: VALUES_MAX, ...WINDOW })
  for (const by of ['country', AUTOMATED]) {
    assert.deepEqual(await archive.settledHours(by, from, to), hours)
    const ofVideos = by === AUTOMATED
    const ask = (settledHours: readonly number[]) =>
      countedInSite(archive, { by, ofVideos, from, to, rowsMax: 10, rolledUpHours: [], settledHours })
    const standings = await raceAsync<number>(
      [
        { name: 'raw events', run: () => ask([]) },
        { name: 'hours rolled up', run: () => ask(hours) },
      ],
      Math.min(rounds, ROUNDS_MAX),
      async (counted) => assert.equal(counted, distinct),
    )
    print(
      `dimensions: the site by ${ofVideos ? 'video' : 'country'}, ${CORES} threads`,
      speeds(standings, distinct),
    )
  }
}

/** How many events the rows of a breakdown of the whole site add up to. */
async function countedInSite(
  archive: DuckdbArchive,
  question: Omit<BreakdownQuestion, 'scope' | 'orderBy' | keyof typeof WINDOW>,
): Promise<number> {
  const scope = { tenant: '', videoIds: null, types: ['view', 'like', 'dislike', 'share'] }
  const { signal } = new AbortController()
  const { rows, other } = await archive.breakdown({ scope, orderBy: 'count', ...WINDOW, ...question }, signal)
  return rows.reduce((sum, { aggregate }) => sum + aggregate.count, other?.count ?? 0)
}

async function count(events: number): Promise<void> {
  const core = await coreOf(new URL('../', import.meta.url))
  const arrived = arrivals({ events, spanMs: HOUR_MS / 12 })
  const truth = truthOf(arrived)
  const random = seededRandom(SEED)
  const carrying = arrived.map(({ event, ...arrival }) => ({
    ...arrival,
    event: { ...event, attributes: attributesOf(random) },
  }))
  const contenders = [
    { name: 'step, without attributes', records: decodeAll(core, recordsOf(arrived)) },
    { name: 'step, with four attributes', records: decodeAll(core, recordsOf(carrying)) },
  ].map(({ name, records }) => {
    return { name, run: (checked: boolean) => countDecoded(core, records, RECORDS, checked) }
  })
  const standings = race(contenders, {
    rounds,
    check: (counts, name) => assert.deepEqual(counts.answer(), truth, name),
  })
  print('dimensions: counting events, one core', speeds(standings, events))
}
