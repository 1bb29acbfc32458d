// What is still held of the events that a question is about: raw events, or rollups of hours by one attribute. Answers
// from the archive are counted while it does not change.

import type { Clock } from '../../../lib/clock.ts'
import { invalidRequest } from '../../../lib/http/parameters.ts'
import { minuteText } from '../../../lib/time-text.ts'
import { AUTOMATED } from '../../../model/automated.ts'
import { hourOf, MINUTES_PER_DAY, MINUTES_PER_HOUR, minuteOf, type Series } from '../../../model/bucket.ts'
import { sitesKnownFrom } from '../../../model/coverage.ts'
import { siteOf } from '../../../model/site.ts'
import { type BreakdownReader, type EventScope, FEW_RAW_BYTES } from '../../../stores/archive/breakdowns.ts'
import type { HourAudit, RollupReader } from '../../../stores/counts/rollups.ts'
import type { AskedRange } from '../../query/question/range.ts'
import type { MinuteRange } from '../../query/question/vocabulary.ts'

export type HeldDeps = {
  readonly archive: Pick<BreakdownReader, 'rolledUpHours' | 'settledHours' | 'hidingHours'>
  readonly rollups: Pick<RollupReader, 'readHours' | 'readReconciled'>
  /** The first counted minute of any of them. */
  readonly firstMinute: (series: readonly Series[]) => Promise<number | null>
  readonly clock: Pick<Clock, 'nowMs'>
}

/** Returned by a count that reaches back to a minute of which nothing was looked for. */
export class Further {
  readonly backTo: number

  constructor(backTo: number) {
    this.backTo = backTo
  }
}

/** The events that a question is about, and the attribute whose values its rows are of; null: rows are of others. */
export type Subject = EventScope & { readonly by: string | null }

export type Held = {
  /** Nothing was looked for that may be lost before this minute. */
  readonly knownFrom: number
  /** Before this minute some of what was counted is held neither as raw events nor in rollups that can tell. */
  readonly lostBefore: number
  /** Hours of which only rollups are left, in order, and the attribute that they are by. */
  readonly rolledUpHours: readonly number[]
  readonly attribute: string
  /** Hours of which raw events are there, and rollups by that attribute that say the same and are read faster. */
  readonly settledHours: readonly number[]
  /** Nothing that was counted is missing. */
  readonly isWhole: boolean
  /** The first counted minute. */
  readonly firstMinute: number | null
  /** Why nothing is held from before. */
  readonly why: string
}

/** Of so many series the first minutes are read. */
const FIRST_MINUTES_MAX = 1_000
/** Audits of hours are read in parts of this many minutes. */
const AUDITED_TOGETHER = 31 * MINUTES_PER_DAY
const WHY = {
  nothing: 'raw events are purged, and nothing is kept of them by this attribute',
  unkept: 'raw events are purged, and nothing is kept of them in the archive',
  several: 'raw events are purged, and they are kept by each attribute alone, not by several together',
  hidden:
    'raw events are purged, and the asked value was not always among the most counted ones that are kept apart',
} as const

type Facts = {
  /** Before this minute nothing is known. */
  readonly unknownBefore: number
  readonly purged: readonly number[]
  readonly rolledUp: readonly number[]
  /** Hours of which raw events are missing. */
  readonly missing: readonly number[]
}

/** Runs `count`, again if raw events were purged meanwhile, or if it reaches further back. */
export async function whileHeld<T>(
  deps: HeldDeps,
  subject: Subject,
  asked: AskedRange,
  signal: AbortSignal,
  count: (held: Held) => Promise<T | Further>,
): Promise<T> {
  const firstMinute = await deps.firstMinute(seriesOf(subject))
  // No event is further ahead.
  const to = Math.min(asked.to, hourOf(minuteOf(deps.clock.nowMs())) + 2 * MINUTES_PER_HOUR)
  let from = asked.from === null ? 0 : hourOf(asked.from)
  for (;;) {
    // Hours before the first counted one hold nothing that could be lost.
    const range = { from: Math.max(from, hourOf(firstMinute ?? to)), to }
    const facts = await factsOf(deps, subject, range, signal)
    const held = await heldBy(deps, subject, facts, signal)
    const unsettled = { from: Math.max(range.from, hourOf(held.lostBefore)), to }
    const settledHours = await settledOf(deps, subject, unsettled, facts, signal)
    const result = await count({ ...held, settledHours, firstMinute, knownFrom: from })
    signal.throwIfAborted()
    if (result instanceof Further) {
      from = hourOf(result.backTo)
      continue
    }
    const after = await factsOf(deps, subject, range, signal)
    if (JSON.stringify(after) === JSON.stringify(facts)) return result
  }
}

async function factsOf(
  { archive, rollups }: HeldDeps,
  subject: Subject,
  { from, to }: MinuteRange,
  signal: AbortSignal,
): Promise<Facts> {
  const unknownBefore = isAsSite(subject) ? sitesKnownFrom(await rollups.readReconciled()) : 0
  const audits = await auditsOf(rollups, { from, to }, signal)
  const purged = audits.filter((audit) => audit.purged).map(({ hour }) => hour)
  const attribute = onlyAttributeOf(subject)
  const rolledUp =
    attribute === null || purged.length === 0 ? [] : await archive.rolledUpHours(attribute, purged[0]!, to)
  const missing = audits.filter((audit) => audit.missing.length > 0).map(({ hour }) => hour)
  return { unknownBefore, purged, rolledUp, missing }
}

async function heldBy(
  { archive }: HeldDeps,
  subject: Subject,
  { unknownBefore, purged, rolledUp, missing }: Facts,
  signal: AbortSignal,
): Promise<Omit<Held, 'firstMinute' | 'settledHours' | 'knownFrom'>> {
  const attribute = onlyAttributeOf(subject)
  const isRolledUp = memberOf(rolledUp)
  const left = purged.filter(isRolledUp)
  const isFiltered = attribute !== null && Object.hasOwn(subject.where ?? {}, attribute)
  const hiding =
    isFiltered && left.length > 0
      ? await archive.hidingHours(subject, { by: attribute, hours: left }, signal)
      : []
  const hides = memberOf(hiding)
  const lost = purged.findLast((hour) => !isRolledUp(hour) || hides(hour))
  const lostBefore = Math.max(unknownBefore, lost === undefined ? 0 : lost + MINUTES_PER_HOUR)
  const isHeld = (hour: number) => hour >= lostBefore
  const isOfOne = isFiltered || subject.by !== null
  const why =
    attribute === null
      ? WHY.several
      : lost !== undefined && hides(lost)
        ? WHY.hidden
        : isOfOne
          ? WHY.nothing
          : WHY.unkept
  return {
    lostBefore,
    rolledUpHours: left.filter(isHeld),
    attribute: attribute ?? '',
    isWhole: !missing.some(isHeld),
    why,
  }
}

/** Later changes of raw events do no harm: then the rollups say what there was a moment ago. */
async function settledOf(
  { archive }: HeldDeps,
  subject: Subject,
  { from, to }: MinuteRange,
  { purged }: Facts,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const attribute = onlyAttributeOf(subject)
  if (attribute === null || from >= to) return []
  const isPurged = memberOf(purged)
  const settled = await archive.settledHours(attribute, from, to, FEW_RAW_BYTES)
  const hours = settled.filter((hour) => !isPurged(hour))
  const isFiltered = Object.hasOwn(subject.where ?? {}, attribute)
  if (hours.length === 0 || (subject.by === null && !isFiltered)) return hours
  const hides = memberOf(await archive.hidingHours(subject, { by: attribute, hours }, signal))
  return hours.filter((hour) => !hides(hour))
}

/**
 * In how many hours of the range, of which only rollups are left, some of the values that a question is broken down by
 * may be among the others: rows of values are too low by what is there.
 */
export async function hidingHours(
  { archive }: Pick<HeldDeps, 'archive'>,
  { by, ...scope }: Subject,
  { rolledUpHours }: Pick<Held, 'rolledUpHours'>,
  { from, to }: MinuteRange,
  signal: AbortSignal,
): Promise<number> {
  const hours = rolledUpHours.filter((hour) => hour >= from && hour < to)
  // Where values are asked for, hours that may hide one are not held.
  if (by === null || hours.length === 0 || Object.hasOwn(scope.where ?? {}, by)) return 0
  return (await archive.hidingHours(scope, { by, hours }, signal)).length
}

/** Of a range the hours that rollups may be read of: they know nothing of the minutes of an hour. */
export function settledIn(
  { settledHours }: Held,
  { from, to }: MinuteRange,
  removed: EventScope['removed'] & {},
  starts: readonly number[] = [],
): readonly number[] {
  const cuts = [...starts, ...removed.map(({ beforeMinute }) => beforeMinute)]
  const isCut = memberOf(cuts.filter((minute) => minute !== hourOf(minute)).map(hourOf))
  return settledHours.filter((hour) => hour >= from && hour + MINUTES_PER_HOUR <= to && !isCut(hour))
}

/**
 * Rollups know one attribute at a time; null if the question is about several. All of them know videos and types, so
 * where none is asked for it is one that there is always.
 */
function onlyAttributeOf({ by, where = {} }: Subject): string | null {
  const attributes = new Set([...(by === null ? [] : [by]), ...Object.keys(where)])
  if (attributes.size > 1) return null
  return Array.from(attributes)[0] ?? AUTOMATED
}

/** Very many series are looked for in the site: it has counted since the first of them, and is read at once. */
function isAsSite({ videoIds, types }: Pick<Subject, 'videoIds' | 'types'>): boolean {
  return videoIds === null || videoIds.length * types.length > FIRST_MINUTES_MAX
}

function seriesOf({ tenant, videoIds, types }: Subject): Series[] {
  if (isAsSite({ videoIds, types })) return types.map((type) => siteOf(tenant, type))
  return videoIds!.flatMap((videoId) => types.map((type) => ({ tenant, videoId, type })))
}

async function auditsOf(
  rollups: HeldDeps['rollups'],
  { from, to }: MinuteRange,
  signal: AbortSignal,
): Promise<HourAudit[]> {
  const audits: HourAudit[] = []
  for (let at = from; at < to; at += AUDITED_TOGETHER) {
    signal.throwIfAborted()
    audits.push(...(await rollups.readHours(at, Math.min(at + AUDITED_TOGETHER, to))))
  }
  return audits
}

function memberOf(hours: readonly number[]): (hour: number) => boolean {
  const members = new Set(hours)
  return (hour) => members.has(hour)
}

/** @param parameter the one that asks for too early a time */
export function expired({ lostBefore, why }: Held, parameter = 'startTime'): Error {
  const must = parameter === 'startTime' ? 'must be' : 'needs a period before that begins at'
  const detail = `${parameter} ${must} ${minuteText(lostBefore)} or later: of the time before, ${why}.`
  return invalidRequest([{ parameter, code: 'resolution_expired', detail }])
}
