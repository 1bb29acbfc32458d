// The most counted videos of a window, or those that rise fastest compared with the window before it. A list says
// whether it is exact, and where that cannot be proven because memory was bounded, by how much it may be off.

import { RecentValues } from '../../../lib/recent-values.ts'
import { minuteText } from '../../../lib/time-text.ts'
import { PROBE_SERIES } from '../../../model/probe.ts'
import type { TopCounts, TopReader } from '../../../stores/tops/tops.ts'
import { type Meta, metaOf, type Progress, progressOf } from '../answer/meta.ts'
import type { QueryDeps } from '../deps.ts'
import { type WithVideo, withVideos } from '../known-video.ts'
import type { MinuteRange } from '../question/vocabulary.ts'
import { type Age, oldestOf } from '../read/age.ts'
import { fromStore, readSlots } from '../read/read-slots.ts'
import { type ProvenTop, provenTop, type TopWindows } from './proven-top.ts'
import { FASTEST_RISING, MOST_COUNTED, type Ranked } from './ranking.ts'
import type { TopOrder, TopQuestion } from './top-question.ts'

type TopVideo = WithVideo & Ranked

export type TopAnswer = {
  readonly eventType: string
  readonly startTime: string
  readonly endTime: string
  readonly order: TopOrder
  readonly videos: readonly TopVideo[]
  readonly meta: Meta & {
    readonly exact: boolean
    /** No count, also of a missing video, is too low by more than this; set if known and not 0. */
    readonly bound?: number
  }
}

export type TopDeps = QueryDeps & {
  readonly tops: TopReader
}

type Window = TopWindows & { readonly progress: Progress }
type List = { readonly videos: readonly TopVideo[]; readonly top: ProvenTop; readonly age: Age }
type Kept = {
  readonly atMs: number
  readonly window: Promise<Window>
  /** By length. */
  readonly lists: Map<number, Promise<List>>
}

/** Windows whose lists are cached for a moment, so that simultaneous requests share them. */
const KEPT_WINDOWS_MAX = 64
const KEPT_MS = 1_000

export class Tops {
  readonly #deps: TopDeps
  readonly #kept = new RecentValues<Kept>(KEPT_WINDOWS_MAX)

  constructor(deps: TopDeps) {
    this.#deps = deps
  }

  /** Fails with ProblemError `store-unavailable`. */
  async top(tenant: string, question: TopQuestion): Promise<TopAnswer> {
    const { eventType, range, order, limit } = question
    const kept = this.#keptOf(tenant, question)
    const { now, before, progress } = await kept.window
    const isWhole = now.asOfMs !== null && before?.asOfMs !== null
    const list = kept.lists.getOrInsertComputed(limit, () => this.#list(tenant, question, kept.window))
    const { videos, top, age } = await list
    const meta = metaOf(range, progress, age)
    const exact = isWhole && top.isProven && !age.stale
    return {
      eventType,
      startTime: minuteText(range.from),
      endTime: minuteText(range.to),
      order,
      videos,
      meta: {
        ...meta,
        complete: meta.complete && isWhole,
        exact,
        ...(isWhole && top.bound > 0 && { bound: top.bound }),
      },
    }
  }

  async #list(tenant: string, question: TopQuestion, asked: Promise<Window>): Promise<List> {
    const { eventType, range, order, limit } = question
    const { now, before, progress } = await asked
    const ages: Age[] = [{ stale: false, asOfMs: progress.asOfMs }]
    const read = async (videoId: string, { from, to }: MinuteRange) => {
      const series = { tenant, videoId, type: eventType }
      const { sums, uncutTo, stale, asOfMs } = await readSlots(this.#deps.counts, series, [{ from, to }])
      ages.push({ stale: stale || uncutTo !== null, asOfMs })
      return sums[0]!.count
    }
    const readBoth = (videoId: string) =>
      Promise.all([read(videoId, range), before === null ? 0 : read(videoId, windowBefore(range))])
    const ranking = order === 'rising' ? FASTEST_RISING : MOST_COUNTED
    const isWhole = now.asOfMs !== null && before?.asOfMs !== null
    const top = await provenTop({ now, before }, ranking, limit, isWhole ? readBoth : null)
    return { videos: await withVideos(this.#deps, tenant, top.videos), top, age: oldestOf(ages) }
  }

  #keptOf(tenant: string, question: TopQuestion): Kept {
    const { eventType, range, order } = question
    const key = [tenant, eventType, range.from, range.to, order].join('\t')
    const nowMs = this.#deps.clock.nowMs()
    const found = this.#kept.get(key)
    if (found !== undefined && Math.abs(nowMs - found.atMs) < KEPT_MS) return found
    const kept = { atMs: nowMs, window: this.#read(tenant, question), lists: new Map() }
    this.#kept.set(key, kept, 1)
    return kept
  }

  async #read(tenant: string, { eventType, range, order }: TopQuestion): Promise<Window> {
    const { asOfMs, ...progress } = progressOf(this.#deps, range)
    const read = ({ from, to }: MinuteRange) =>
      fromStore(async () => withoutProbe(eventType, await this.#deps.tops.read(tenant, eventType, from, to)))
    const now = await read(range)
    const before = order === 'rising' ? await read(windowBefore(range)) : null
    const asOf = Math.min(asOfMs, now.asOfMs ?? asOfMs, before?.asOfMs ?? asOfMs)
    return { now, before, progress: { ...progress, asOfMs: asOf } }
  }
}

function windowBefore({ from, to }: MinuteRange): MinuteRange {
  return { from: from - (to - from), to: from }
}

function withoutProbe(type: string, top: TopCounts): TopCounts {
  if (type !== PROBE_SERIES.type) return top
  return { ...top, counts: new Map(top.counts.entries().filter(([id]) => id !== PROBE_SERIES.videoId)) }
}
