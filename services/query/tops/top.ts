// The most counted videos of a window, or those that rise fastest compared with the window before it. A list says
// whether it is exact, and if memory was bounded, by how much it may be off.

import { RecentValues } from '../../../lib/recent-values.ts'
import { minuteText } from '../../../lib/time-text.ts'
import { PROBE_SERIES } from '../../../model/probe.ts'
import type { TopCounts, TopReader } from '../../../stores/tops/tops.ts'
import type { QueryDeps } from '../deps.ts'
import { type WithVideo, withVideos } from '../known-video.ts'
import { type Meta, metaOf, progressOf } from '../meta.ts'
import { fromStore } from '../read-slots.ts'
import { best } from './best.ts'
import type { TopOrder, TopQuestion } from './top-question.ts'

type TopVideo = WithVideo & {
  readonly videoId: string
  readonly count: number
  /** The count of the equally long window before; only if the order is rising. */
  readonly previous?: number
  /** See growthOf. */
  readonly change?: number
}

export type TopAnswer = {
  readonly eventType: string
  readonly startTime: string
  readonly endTime: string
  readonly order: TopOrder
  readonly videos: readonly TopVideo[]
  readonly meta: Meta & {
    readonly exact: boolean
    /** No count is too low by more than this, and no missing video has a higher count; set if known and not 0. */
    readonly bound?: number
  }
}

export type TopDeps = QueryDeps & {
  readonly tops: TopReader
}

type Window = { readonly now: TopCounts; readonly before: TopCounts | null; readonly meta: Meta }
type Kept = {
  readonly atMs: number
  readonly window: Promise<Window>
  /** By length. */
  readonly lists: Map<number, Promise<readonly TopVideo[]>>
}

/** Windows whose lists are cached for a moment, so that simultaneous requests share them. */
const KEPT_WINDOWS_MAX = 64
const KEPT_MS = 1_000
/** Events added to every video's previous window, so that a rise from nothing to little does not rank high. */
const SMOOTHING = 10
const CHANGE_DIGITS = 4

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
    const { now, before, meta } = await kept.window
    const isWhole = now.asOfMs !== null && before?.asOfMs !== null
    const list = () => (before === null ? mostCounted(now, limit) : fastestRising(now, before, limit))
    const bound = Math.max(now.bound, before?.bound ?? 0)
    return {
      eventType,
      startTime: minuteText(range.from),
      endTime: minuteText(range.to),
      order,
      videos: await kept.lists.getOrInsertComputed(limit, () => withVideos(this.#deps, tenant, list())),
      meta: {
        ...meta,
        complete: meta.complete && isWhole,
        exact: isWhole && bound === 0,
        ...(isWhole && bound > 0 && { bound }),
      },
    }
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
    const { asOfMs, ...progress } = progressOf(this.#deps)
    const { from, to } = range
    const read = (start: number, end: number) =>
      fromStore(async () =>
        withoutProbe(eventType, await this.#deps.tops.read(tenant, eventType, start, end)),
      )
    const now = await read(from, to)
    const before = order === 'rising' ? await read(from - (to - from), from) : null
    const asOf = Math.min(asOfMs, now.asOfMs ?? asOfMs, before?.asOfMs ?? asOfMs)
    const meta = metaOf(range, { ...progress, asOfMs: asOf }, { stale: false, asOfMs: asOf })
    return { now, before, meta }
  }
}

function withoutProbe(type: string, top: TopCounts): TopCounts {
  if (type !== PROBE_SERIES.type) return top
  return { ...top, counts: new Map(top.counts.entries().filter(([id]) => id !== PROBE_SERIES.videoId)) }
}

function mostCounted({ counts }: TopCounts, limit: number): TopVideo[] {
  const counted = counts.entries().filter(([, count]) => count > 0)
  const first = best(counted, limit, ([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  return first.map(([videoId, count]) => ({ videoId, count }))
}

function fastestRising(now: TopCounts, before: TopCounts, limit: number): TopVideo[] {
  const rising = now.counts
    .entries()
    .map(([videoId, count]) => {
      const previous = Math.max(0, before.counts.get(videoId) ?? 0)
      return { videoId, count, previous, change: growthOf(count, previous) }
    })
    .filter(({ change }) => change > 0)
  return best(
    rising,
    limit,
    (a, b) => b.change - a.change || b.count - a.count || (a.videoId < b.videoId ? -1 : 1),
  )
}

/** (count − previous) / (previous + 10): 1 is about twice as many; rounded to four places. */
function growthOf(count: number, previous: number): number {
  return Number(((count - previous) / (previous + SMOOTHING)).toFixed(CHANGE_DIGITS))
}
