// Simulated viewers: how many events, of which video, and of which type. Pure: randomness and time are parameters.
import { DAY_MS, HOUR_MS } from '../../../model/bucket.ts'
import type { TallyEvent } from '../../../sdk/src/index.ts'
import { attributesOfViewer } from './audience.ts'
import { CATALOGUE, FAMOUS, VIRAL } from './catalogue.ts'

/** Views a second over a day, of all videos but the viral one; the evening has twice as many, the night a tenth. */
const VIEWS_PER_SECOND = 0.25
/** So long ago there were half as many. */
const DOUBLING_MS = 45 * DAY_MS
const WEEKEND_MORE = 1.35
const EVENING_HOUR = 20
const ZIPF_EXPONENT = 0.9
const VIRAL_VIEWS_PER_SECOND = 14
/** The viral wave reaches half its height shortly after the start, so that its rise can be watched. */
const VIRAL_MIDDLE_MS = 6 * 60_000
const VIRAL_WIDTH_MS = 4 * 60_000
/** An hour of fame, so many days ago, at this hour. */
const FAME_DAYS = 9
const FAME_HOUR = 18.5
const FAME_VIEWS_PER_SECOND = 7
const FAME_WIDTH_MS = 12 * 60_000
export const FAME_TEXT = 'On the front page of a newspaper'
const VIEWERS = 20_000
const LIKE_SHARE = 0.06
const DISLIKE_SHARE = 0.004
const SHARE_SHARE = 0.015
const VIRAL_EAGERNESS = 2.5

/** Each viewer is a request every few seconds. */
const WATCHING_MAX = 60
const VIRAL_SECONDS = 8
const OFTEN_WATCHED = [0, 1, 2, 3]

/** At least 0 and less than 1. */
export type Chance = () => number

const weights = CATALOGUE.map((_, rank) => 1 / (rank + 1) ** ZIPF_EXPONENT)
const cumulated = weights.map((_, at) => weights.slice(0, at + 1).reduce((sum, weight) => sum + weight))
const whole = cumulated.at(-1)!

/** Views per second of the usual videos, by the local hour of the day. */
export function usualRate(timeMs: number, zoneOffsetMs: number): number {
  const hour = ((timeMs + zoneOffsetMs) % DAY_MS) / HOUR_MS
  const wave = Math.cos(((hour - EVENING_HOUR) / 24) * 2 * Math.PI)
  return VIEWS_PER_SECOND * (1 + 0.9 * wave)
}

/** How many times the usual rate it is: less in earlier weeks, more on Saturdays and Sundays. */
export function growth(timeMs: number, { startMs, zoneOffsetMs }: Omit<Scene, 'chance'>): number {
  const weekday = new Date(timeMs + zoneOffsetMs).getUTCDay()
  const isWeekend = weekday === 0 || weekday === 6
  return 2 ** ((timeMs - startMs) / DOUBLING_MS) * (isWeekend ? WEEKEND_MORE : 1)
}

/** The middle of the hour of fame. */
export function fameMs(startMs: number, zoneOffsetMs: number): number {
  const today = Math.floor((startMs + zoneOffsetMs) / DAY_MS) * DAY_MS
  return today - FAME_DAYS * DAY_MS + FAME_HOUR * HOUR_MS - zoneOffsetMs
}

/** Views per second of the famous video, beside its usual ones. */
function fameRate(timeMs: number, { startMs, zoneOffsetMs }: Omit<Scene, 'chance'>): number {
  const away = (timeMs - fameMs(startMs, zoneOffsetMs)) / FAME_WIDTH_MS
  return FAME_VIEWS_PER_SECOND * Math.exp(-away * away)
}

/** Views per second of the viral video. */
export function viralRate(timeMs: number, startMs: number): number {
  return VIRAL_VIEWS_PER_SECOND / (1 + Math.exp(-(timeMs - startMs - VIRAL_MIDDLE_MS) / VIRAL_WIDTH_MS))
}

/**
 * How many viewers have a video open: for the viral one and the most watched ones, with their index in the catalogue.
 */
export function watching(timeMs: number, startMs: number, chance: Chance): ReadonlyMap<number, number> {
  const some = Math.min(
    WATCHING_MAX,
    Math.round(viralRate(timeMs, startMs) * VIRAL_SECONDS * (0.9 + 0.2 * chance())),
  )
  return new Map([[VIRAL, some], ...OFTEN_WATCHED.map((at) => [at, 2 + Math.floor(chance() * 4)] as const)])
}

export type Scene = { readonly startMs: number; readonly zoneOffsetMs: number; readonly chance: Chance }

/** The events of [fromMs, toMs), in no order. */
export function eventsBetween(fromMs: number, toMs: number, scene: Scene): TallyEvent[] {
  const { chance, startMs, zoneOffsetMs } = scene
  const seconds = (toMs - fromMs) / 1_000
  const times = () => fromMs + chance() * (toMs - fromMs)
  const usual = atRandom(usualRate(fromMs, zoneOffsetMs) * growth(fromMs, scene) * seconds, chance)
  const visits = (at: number, rate: number) =>
    Array.from({ length: atRandom(rate * seconds, chance) }, () => visit(at, Math.floor(times()), chance))
  return [
    ...Array.from({ length: usual }, () => visit(usualVideo(chance), Math.floor(times()), chance)),
    ...visits(VIRAL, viralRate(fromMs, startMs)),
    ...visits(FAMOUS, fameRate(fromMs, scene)),
  ].flat()
}

function usualVideo(chance: Chance): number {
  const at = chance() * whole
  return cumulated.findIndex((sum) => at < sum)
}

/** One view, and the viewer's reaction. */
function visit(at: number, time: number, chance: Chance): TallyEvent[] {
  const { videoId, durationSeconds, channel } = CATALOGUE[at]!
  const common = {
    ...{ videoId, time, viewerId: `viewer-${Math.floor(chance() * VIEWERS)}`, channelId: channel },
    attributes: attributesOfViewer(chance),
  }
  const watched = durationSeconds * watchedShare(chance)
  const eagerness = at === VIRAL ? VIRAL_EAGERNESS : 1
  const reactions = [
    chance() < LIKE_SHARE * eagerness && 'like',
    chance() < DISLIKE_SHARE && 'dislike',
    chance() < SHARE_SHARE * eagerness && 'share',
  ].filter((type) => type !== false)
  return [
    { ...common, type: 'view', value: Math.round(watched * 10) / 10 },
    ...reactions.map((type) => ({ ...common, type })),
  ]
}

/** Many leave at once, some stay to the end. */
function watchedShare(chance: Chance): number {
  return chance() < 0.25 ? 1 : chance() ** 1.6
}

/** A whole number with this mean. */
function atRandom(mean: number, chance: Chance): number {
  return Math.floor(mean) + (chance() < mean % 1 ? 1 : 0)
}
