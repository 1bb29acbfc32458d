// What is counted in a week of top lists, minute by minute, and the truth that lists are compared with. Both are a
// function of a seed: nothing is held but which of the new videos last, and lists are never asked. Pure.
//
// - Steady videos by Zipf's law with exponent 1, a tenth as many as come new in a minute.
// - New videos in each minute. Most are counted once or a few times and never again; of each 200 one lasts:
//   popularity by Zipf's law with exponent 0.7 over all that ever come, halved every ten minutes.
// - Totals of some minutes are whole only 5 or 15 minutes later, when their lists may have been folded.
// - Corrections of the batch layer, twice for each hour, up and down, also of videos that the stream has never
//   counted.
// - Likes: one for each 20 views of a minute.
import { hourOf, MINUTES_PER_HOUR } from '../../model/bucket.ts'
import { best } from '../../services/query/tops/best.ts'
import type { Ranked, Ranking } from '../../services/query/tops/ranking.ts'
import { BATCH_SOURCE } from '../../stores/counts/counts.ts'

export const TYPES = ['view', 'like'] as const
export type Type = (typeof TYPES)[number]

export type Counted = {
  readonly videoId: string
  readonly type: Type
  readonly minute: number
  readonly count: number
  readonly source: string
}

export type Window = { readonly type: Type; readonly from: number; readonly to: number }

export type TrafficSettings = {
  readonly seed: number
  readonly firstMinute: number
  readonly newVideosAMinute: number
}

/** A video that is counted in more minutes than one. */
type Lasting = {
  readonly videoId: string
  readonly key: number
  readonly rate: number
  /** Null: steady. */
  readonly born: number | null
  readonly ends: number
}

export const SOURCES = ['a-0', 'a-1', 'a-2', 'a-3'] as const

const STEADY_SHARE = 0.1
const STEADY_RATE = 6_000
const LASTING_SHARE = 1 / 200
const LASTING_RATE = 10
const POPULARITY_EXPONENT = 0.7
const HALF_LIFE_MINUTES = 10
/** More than any video has that does not last. */
const BRIEF_MAX = 3
/** A count is its rate times something from 0.5 to this. */
const JITTER_MAX = 1.5
const VIEWS_A_LIKE = 20
/** What a total has at first where the rest comes later, and how much later. */
const FIRST_SHARE = 0.7
const DELAYS = [0, 0, 0, 0, 0, 0, 5, 15] as const
const LATER = [5, 15] as const
/** Minutes after the end of an hour at which the batch layer corrects it, by version. */
const CORRECTED_AFTER = [20, 25 * MINUTES_PER_HOUR] as const
/** Steady videos of which each hour has a corrected minute. */
const CORRECTED_VIDEOS = 60
const BATCH_ONLY_MINUTE = 7
const BATCH_ONLY_COUNT = 500

function mixed(a: number, b: number): number {
  let hash = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39)
  return (hash ^ (hash >>> 15)) >>> 0
}

const shareOf = (hash: number) => (hash + 0.5) / 2 ** 32

export class Traffic {
  readonly #settings: TrafficSettings
  readonly #steady: readonly Lasting[]
  /** In the order of their births. */
  readonly #lasting: Lasting[] = []
  /** The first of #lasting that may be counted still. */
  #alive = 0
  readonly #byId = new Map<string, Lasting>()
  /** All minutes before it are written. */
  #now: number

  constructor(settings: TrafficSettings) {
    this.#settings = settings
    this.#now = settings.firstMinute
    const steady = Math.max(1, Math.round(settings.newVideosAMinute * STEADY_SHARE))
    this.#steady = Array.from({ length: steady }, (_, rank) => ({
      videoId: `s${rank}`,
      key: mixed(settings.seed, -1 - rank),
      rate: STEADY_RATE / (rank + 1),
      born: null,
      ends: Number.POSITIVE_INFINITY,
    }))
    for (const video of this.#steady) this.#byId.set(video.videoId, video)
  }

  get now(): number {
    return this.#now
  }

  /** All that is stored in the next minute, in no order of videos. */
  nextMinute(): Counted[] {
    const minute = this.#now
    const rows: Counted[] = []
    this.#bringForth(minute, rows)
    for (const video of this.#recurring(minute)) {
      const whole = countOf(video, minute)
      addRows(rows, video, minute, delayOf(video, minute) === 0 ? whole : firstPart(whole))
    }
    for (const delay of LATER) {
      if (minute - delay < this.#settings.firstMinute) continue
      for (const video of this.#recurring(minute - delay)) {
        if (delayOf(video, minute - delay) !== delay) continue
        addRows(rows, video, minute - delay, countOf(video, minute - delay))
      }
    }
    this.#correct(minute, rows)
    this.#now++
    return rows
  }

  /** The sum of all that is stored now. */
  sumOf(videoId: string, window: Window): number {
    const video = this.#byId.get(videoId)
    if (video !== undefined) return this.#sum(video, window)
    const [born, index] = videoId
      .slice(1)
      .split('-')
      .map((one) => Number.parseInt(one, 36))
    if (window.type !== 'view' || born === undefined) return 0
    if (videoId.startsWith('b')) return this.#batchOnly(born, window)
    const isWithin = born >= window.from && born < Math.min(window.to, this.#now)
    return isWithin ? briefCount(this.#keyOf(born, index!)) : 0
  }

  /** The first videos of a window; `before` where they are ranked beside another one. */
  top(ranking: Ranking, limit: number, window: Window, before: Window | null): readonly Ranked[] {
    const brief = window.type === 'view' ? ranking.rank('', BRIEF_MAX, 0) : null
    const first = best(this.#ranked(ranking, window, before), limit, ranking.compare)
    if (brief !== null && (first.length < limit || ranking.compare(first.at(-1)!, brief) >= 0)) {
      throw new Error('there are too few lasting videos: one that is brief may be among the first')
    }
    return first
  }

  *#ranked({ rank }: Ranking, window: Window, before: Window | null): Generator<Ranked> {
    const isCounted = ({ born, ends }: Lasting) => ends > window.from && born! < window.to
    for (const video of [...this.#steady, ...this.#lasting.filter(isCounted)]) {
      const count = this.#sum(video, window)
      const ranked = rank(video.videoId, count, before === null ? 0 : this.#sum(video, before))
      if (ranked !== null) yield ranked
    }
    if (window.type !== 'view') return
    for (let hour = hourOf(window.from); hour < window.to; hour += MINUTES_PER_HOUR) {
      const ranked = rank(batchOnlyId(hour), this.#batchOnly(hour, window), 0)
      if (ranked !== null) yield ranked
    }
  }

  /** The new videos of a minute. */
  #bringForth(minute: number, rows: Counted[]): void {
    const { newVideosAMinute } = this.#settings
    for (let i = 0; i < newVideosAMinute; i++) {
      const key = this.#keyOf(minute, i)
      const videoId = `n${minute.toString(36)}-${i.toString(36)}`
      const place = shareOf(key)
      if (place >= LASTING_SHARE) {
        rows.push({ videoId, type: 'view', minute, count: briefCount(key), source: sourceOf(key, minute) })
        continue
      }
      const rate = LASTING_RATE * (place / LASTING_SHARE) ** -POPULARITY_EXPONENT
      const ends = minute + 1 + Math.ceil(HALF_LIFE_MINUTES * Math.log2(rate * JITTER_MAX))
      const video: Lasting = { videoId, key, rate, born: minute, ends }
      this.#lasting.push(video)
      this.#byId.set(videoId, video)
    }
    while ((this.#lasting[this.#alive]?.ends ?? minute) < minute - Math.max(...LATER)) this.#alive++
  }

  *#recurring(minute: number): Generator<Lasting> {
    yield* this.#steady
    for (let at = this.#alive; at < this.#lasting.length; at++) {
      const video = this.#lasting[at]!
      if (video.born! <= minute && minute < video.ends) yield video
    }
  }

  #correct(minute: number, rows: Counted[]): void {
    for (const after of CORRECTED_AFTER) {
      const hour = minute - after - MINUTES_PER_HOUR
      if (hour !== hourOf(hour) || hour < this.#settings.firstMinute) continue
      const version = CORRECTED_AFTER.indexOf(after) + 1
      const row = { type: 'view', source: BATCH_SOURCE } as const
      for (let rank = 0; rank < Math.min(CORRECTED_VIDEOS, this.#steady.length); rank++) {
        const video = this.#steady[rank]!
        const count = correctionOf(rank, countOf(video, hour + rank), version)
        rows.push({ ...row, videoId: video.videoId, minute: hour + rank, count })
      }
      rows.push({
        ...row,
        videoId: batchOnlyId(hour),
        minute: hour + BATCH_ONLY_MINUTE,
        count: version * BATCH_ONLY_COUNT,
      })
    }
  }

  #sum(video: Lasting, { type, from, to }: Window): number {
    let sum = 0
    const first = Math.max(from, video.born ?? this.#settings.firstMinute)
    for (let minute = first; minute < Math.min(to, video.ends, this.#now); minute++) {
      const whole = countOf(video, minute)
      const count = this.#now > minute + delayOf(video, minute) ? whole : firstPart(whole)
      sum += type === 'view' ? count : likesOf(count)
    }
    return type === 'view' && video.born === null ? sum + this.#corrections(video, from, to) : sum
  }

  #corrections(video: Lasting, from: number, to: number): number {
    const rank = Number(video.videoId.slice(1))
    if (rank >= CORRECTED_VIDEOS) return 0
    let sum = 0
    for (let hour = hourOf(Math.max(from, this.#settings.firstMinute)); hour < to; hour += MINUTES_PER_HOUR) {
      const minute = hour + rank
      if (minute < from || minute >= to) continue
      sum += correctionOf(rank, countOf(video, minute), this.#versionOf(hour))
    }
    return sum
  }

  #batchOnly(hour: number, { from, to }: Window): number {
    const minute = hour + BATCH_ONLY_MINUTE
    const isWithin = hour >= this.#settings.firstMinute && minute >= from && minute < to
    return isWithin ? this.#versionOf(hour) * BATCH_ONLY_COUNT : 0
  }

  /** How often an hour is corrected by now. */
  #versionOf(hour: number): number {
    return CORRECTED_AFTER.filter((after) => this.#now > hour + MINUTES_PER_HOUR + after).length
  }

  #keyOf(born: number, i: number): number {
    return mixed(mixed(this.#settings.seed, born), i)
  }
}

function addRows(rows: Counted[], { videoId, key }: Lasting, minute: number, count: number): void {
  const source = sourceOf(key, minute)
  if (count > 0) rows.push({ videoId, type: 'view', minute, count, source })
  if (likesOf(count) > 0) rows.push({ videoId, type: 'like', minute, count: likesOf(count), source })
}

function countOf({ rate, born, key }: Lasting, minute: number): number {
  const decay = born === null ? 1 : 2 ** ((born - minute) / HALF_LIFE_MINUTES)
  return Math.floor(rate * decay * (JITTER_MAX - 1 + shareOf(mixed(key, minute))))
}

function briefCount(key: number): number {
  return 1 + (mixed(key, 1) % BRIEF_MAX)
}

function likesOf(views: number): number {
  return Math.floor(views / VIEWS_A_LIKE)
}

function firstPart(count: number): number {
  return Math.floor(FIRST_SHARE * count)
}

function delayOf({ key }: Lasting, minute: number): number {
  return DELAYS[mixed(key ^ 0x5bd1e995, minute) % DELAYS.length]!
}

/** All copies of an event go to one source, which the video and the minute decide. */
function sourceOf(key: number, minute: number): string {
  return SOURCES[mixed(key ^ 0x1b873593, minute) % SOURCES.length]!
}

/** Version 0: none yet. Never takes away more than the stream has. */
function correctionOf(rank: number, count: number, version: number): number {
  if (version === 0) return 0
  return rank % 2 === 0 ? -Math.floor((version * count) / 10) : version * (1 + Math.floor(count / 10))
}

function batchOnlyId(hour: number): string {
  return `b${hour.toString(36)}`
}
