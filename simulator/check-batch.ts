// What must hold when every hour is closed and recounted: stream and corrections together give each bucket as the raw
// events do, quarters of hours, hours and days add up to the same, and no correction ever made a bucket too large.
import { hourOf, MINUTES_PER_DAY, MINUTES_PER_HOUR, type Series } from '../model/bucket.ts'
import { MINUTES_PER_QUARTER } from '../model/quarters.ts'
import { siteOf } from '../model/site.ts'
import { type Aggregate, add, EMPTY, type Total } from '../model/total.ts'
import { BATCH_SOURCE } from '../stores/counts/counts.ts'
import type { HourAudit, Reconciled } from '../stores/counts/rollups.ts'
import { rawTruth } from './raw-truth.ts'
import { storedTo } from './simulated-store.ts'
import { straysOfHour } from './strays.ts'
import { show, Violation } from './witness.ts'
import type { World } from './world.ts'

const CORRECTION_PREFIX = `row|${BATCH_SOURCE}|`

export async function bothLayersAreExact(world: World): Promise<void> {
  const { log, schemas, settings } = world
  const truth = rawTruth(log, schemas, settings.driver.aheadMs)
  everyMinuteIsExact(world, truth)
  noCorrectionWasTooLarge(world, truth)
  await everyPeriodIsExact(world, truth, 'quarter', MINUTES_PER_QUARTER)
  await everyPeriodIsExact(world, truth, 'hour', MINUTES_PER_HOUR)
  await everyPeriodIsExact(world, truth, 'day', MINUTES_PER_DAY)
  await everySiteIsExact(world, truth)
  await everyAuditIsWhole(world, truth)
}

/**
 * Checked at the moment of the claim: an hour that is called reconciled holds everything that the stream counted of
 * it.
 */
export async function reconciledHoursAreWhole(world: World, reconciled: Reconciled): Promise<void> {
  const counted = new Map<string, Aggregate>()
  for (const { totals } of world.witness.sources.values()) {
    for (const bucket of totals.keys()) counted.set(bucket, streamOf(world, bucket))
  }
  for (const [period, sum] of periodsOf(counted, MINUTES_PER_HOUR)) {
    const { series, start } = parsePeriod(period)
    if (start >= reconciled.toMinute || reconciled.exceptHours.includes(start)) continue
    const range = { resolution: 'hour', from: start, to: start + MINUTES_PER_HOUR } as const
    const { periods } = await world.batchStores.rollups.readRollups(series, range)
    const held = periods[0]?.aggregate.count ?? 0
    if (held < sum.count)
      world.fail(new Violation(`hour ${period} is called reconciled with ${held} of ${sum.count} events`))
  }
}

/**
 * Checked at the moment of the claim: the corrections of a recounted hour are stored, whichever replicas are read.
 */
export function correctionsAreDurable(world: World, audits: readonly HourAudit[]): void {
  const recounted = new Map(audits.map((audit) => [audit.hour, audit]))
  for (const key of world.replicas.keys()) {
    if (!key.startsWith(CORRECTION_PREFIX)) continue
    const { start: minute } = parsePeriod(key.slice(CORRECTION_PREFIX.length))
    const audit = recounted.get(hourOf(minute))
    if (audit === undefined || minute >= audit.beforeMinute) continue
    const views = world.replicas.views(key).map((cell) => cell?.value as Total | undefined)
    const older = views.filter((total) => total === undefined || total.upTo < audit.version)
    if (new Set(older.map((total) => show(total && aggregateOf(total)))).size > 1)
      world.fail(new Violation(`${key} is ${views.map(show).join(' or ')} when its hour is recounted`))
  }
}

/** Checked at the moment of the claim: what the log took before then is stored, as far as clocks agree. */
export function allIsCountedTo({ log, replicas, settings, fail }: World, asOfMs: number): void {
  for (const source of log.countedSources()) {
    const takenMs = asOfMs - 4 * settings.skewMs
    const last = log.records(source).findLastIndex(({ logTimeMs }) => logTimeMs < takenMs)
    const stored = storedTo(replicas, source.id)
    if (stored < last)
      fail(
        new Violation(`${source.id} is called counted to ${asOfMs} and is stored to ${stored}, not ${last}`),
      )
  }
}

/** Checks all pairs of replicas. */
function everyMinuteIsExact(world: World, truth: ReadonlyMap<string, Aggregate>): void {
  const { replicas, strays } = world
  const buckets = new Set([...truth.keys(), ...strays.keys()])
  for (const key of replicas.keys()) {
    if (key.startsWith(CORRECTION_PREFIX)) buckets.add(key.slice(CORRECTION_PREFIX.length))
  }
  const archivedFrom = archivedFromHour(truth)
  for (const bucket of buckets) {
    const stream = streamOf(world, bucket)
    // Nobody can say what is true of an hour before the archive: what is counted there stands, and is reported.
    const stands = hourOfBucket(bucket) < archivedFrom
    if (stands && !world.batchStores.rollups.reconciled!.exceptHours.includes(hourOfBucket(bucket)))
      throw new Violation(`${bucket} is of no archived hour, and its hour is called reconciled`)
    for (const cell of replicas.views(CORRECTION_PREFIX + bucket)) {
      const counted = cell === undefined ? stream : add(stream, aggregateOf(cell.value as Total))
      const expected = stands ? stream : (truth.get(bucket) ?? EMPTY)
      if (show(counted) !== show(expected))
        throw new Violation(`${bucket} is ${show(counted)} after the recount, not ${show(expected)}`)
    }
  }
}

/** A minute that was corrected before the stream was done with it would count later events twice. */
function noCorrectionWasTooLarge(world: World, truth: ReadonlyMap<string, Aggregate>): void {
  for (const { bucket, total } of world.batchStores.corrections) {
    const { tenant, videoId, type, minute } = bucket
    const name = [tenant, videoId, type, minute].join('|')
    const counted = streamOf(world, name).count + total.count
    const most = truth.get(name)?.count ?? 0
    if (counted > most) throw new Violation(`${name} was corrected to ${counted} of ${most} events`)
  }
}

/** What videos have adds up to what their site has, whoever recounted which of them. */
async function everySiteIsExact(world: World, truth: ReadonlyMap<string, Aggregate>): Promise<void> {
  const { exceptHours } = world.batchStores.rollups.reconciled!
  const sites = new Map<string, Aggregate>()
  for (const [bucket, aggregate] of truth) {
    const { series, start } = parsePeriod(bucket)
    if (exceptHours.includes(hourOf(start))) continue
    const site = [series.tenant, siteOf(series.tenant, series.type).videoId, series.type, start].join('|')
    sites.set(site, add(sites.get(site) ?? EMPTY, aggregate))
  }
  if (exceptHours.length === 0) await everyPeriodIsExact(world, sites, 'hour', MINUTES_PER_HOUR)
}

/**
 * Each bucket is compared once. The stream holds all events that came in time, so that the audit raises no false alarm.
 */
async function everyAuditIsWhole(
  { batchStores, strays }: World,
  truth: ReadonlyMap<string, Aggregate>,
): Promise<void> {
  const buckets = Array.from(new Set([...truth.keys(), ...strays.keys()]), hourOfBucket)
  for (const audit of await batchStores.rollups.readHours(0, Number.MAX_SAFE_INTEGER)) {
    const inHour = buckets.filter((hour) => hour === audit.hour).length
    if (audit.beforeMinute === audit.hour + MINUTES_PER_HOUR && audit.buckets !== inHour)
      throw new Violation(`an hour of ${inHour} buckets is audited as ${show(audit)}`)
    if (audit.unexplained !== straysOfHour(strays, audit.hour))
      throw new Violation(`the audit of an hour is ${show(audit)}`)
  }
}

async function everyPeriodIsExact(
  { batchStores: { rollups } }: World,
  truth: ReadonlyMap<string, Aggregate>,
  resolution: 'quarter' | 'hour' | 'day',
  minutes: number,
): Promise<void> {
  const { toMinute, exceptHours } = rollups.reconciled!
  const archivedFrom = archivedFromHour(truth)
  const isExcepted = exceptHours.some((hour) => hour >= archivedFrom)
  for (const [period, expected] of periodsOf(truth, minutes)) {
    const { series, start: from } = parsePeriod(period)
    if (exceptHours.some((hour) => hour >= from && hour < from + minutes) && !isExcepted) continue
    if (from + minutes > toMinute || isExcepted)
      throw new Violation(`${resolution} ${period} is not reconciled: ${show(rollups.reconciled)}`)
    const { periods } = await rollups.readRollups(series, { resolution, from, to: from + minutes })
    const [held] = periods
    if (held?.start !== from || show(held.aggregate) !== show(expected))
      throw new Violation(`${resolution} ${period} is ${show(held)}, not ${show(expected)}`)
  }
}

/** The first hour of which there are raw events. */
function archivedFromHour(truth: ReadonlyMap<string, Aggregate>): number {
  return Math.min(...Array.from(truth.keys(), hourOfBucket))
}

function hourOfBucket(bucket: string): number {
  return hourOf(parsePeriod(bucket).start)
}

/** Sums of buckets by `tenant|video|type|start of the period`. */
function periodsOf(buckets: ReadonlyMap<string, Aggregate>, minutes: number): Map<string, Aggregate> {
  const sums = new Map<string, Aggregate>()
  for (const [bucket, aggregate] of buckets) {
    const { series, start: minute } = parsePeriod(bucket)
    const start = Math.floor(minute / minutes) * minutes
    const period = [series.tenant, series.videoId, series.type, start].join('|')
    sums.set(period, add(sums.get(period) ?? EMPTY, aggregate))
  }
  return sums
}

function parsePeriod(text: string): { readonly series: Series; readonly start: number } {
  const [tenant, videoId, type, start] = text.split('|') as [string, string, string, string]
  return { series: { tenant, videoId, type }, start: Number(start) }
}

function streamOf({ witness, strays }: World, bucket: string): Aggregate {
  let sum = strays.get(bucket) ?? EMPTY
  for (const reference of witness.sources.values()) {
    const total = Array.from(reference.totals.get(bucket)?.values() ?? []).at(-1)
    if (total !== undefined) sum = add(sum, aggregateOf(total))
  }
  return sum
}

function aggregateOf({ upTo: _, ...aggregate }: Total): Aggregate {
  return aggregate
}
