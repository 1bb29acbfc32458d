// Splits hot videos and merges those that have cooled: counts what the front door takes, asks the policy every few
// seconds, and changes the layout for a coming minute.
import type { Clock } from '../../../lib/clock.ts'
import { MINUTES_PER_DAY, minuteOf, SECOND_MS } from '../../../model/bucket.ts'
import type { Event } from '../../../model/event.ts'
import type { Layout } from '../../../model/layout.ts'
import { layoutKey } from '../../../model/route.ts'
import { type ChangeableLayouts, LayoutError } from '../../../stores/layouts/layouts.ts'
import type { Rates, SharedRates } from '../../../stores/rates/rates.ts'
import { FrequentVideos } from './frequent-videos.ts'
import { decide, type LastHot, type SplitRule } from './split-policy.ts'

export type HotVideosDeps = {
  readonly layouts: ChangeableLayouts
  readonly rates: SharedRates
  readonly clock: Clock
  readonly onSplit: (layout: Layout) => void
  readonly onError: (error: unknown) => void
}

const LOOK_MS = 10_000
/** Layouts are kept and read as long as events of their minutes may come; operators may make more. */
const LAYOUTS_A_DAY_MAX = 50

export class HotVideos {
  readonly #deps: HotVideosDeps
  readonly #rule: SplitRule
  #frequent = new FrequentVideos()
  #sinceMs: number
  #lastHot: LastHot = new Map()
  #isHeldBack = false

  constructor(deps: HotVideosDeps, rule: SplitRule) {
    this.#deps = deps
    this.#rule = rule
    this.#sinceMs = deps.clock.nowMs()
  }

  /** Takes note of the events of a request, which are all of one tenant. */
  note(events: readonly Pick<Event, 'tenant' | 'videoId'>[]): void {
    let first = 0
    for (let i = 1; i <= events.length; i++) {
      const { tenant, videoId } = events[first]!
      if (events[i]?.videoId === videoId) continue
      this.#frequent.add(layoutKey(tenant, videoId), i - first)
      first = i
    }
  }

  async follow(signal: AbortSignal): Promise<void> {
    const { clock, onError } = this.#deps
    while (!signal.aborted) {
      await clock.sleep(LOOK_MS, signal)
      if (!signal.aborted) await this.#look().catch(onError)
    }
  }

  async #look(): Promise<void> {
    const { layouts, rates: shared, clock, onSplit } = this.#deps
    const nowMs = clock.nowMs()
    const rates = await shared.share(this.#takeRates(nowMs))
    const newest = layouts.current().at(-1)
    if (newest === undefined) return
    const { lastHot, automatic } = decide(this.#lastHot, rates, newest, this.#rule, minuteOf(nowMs))
    this.#lastHot = lastHot
    if (automatic === null || this.#holdsBack(minuteOf(nowMs))) return
    try {
      const request = { version: newest.version, fromMinute: null }
      const changed = await layouts.change({ act: 'balance', automatic }, request)
      onSplit(changed.at(-1)!)
    } catch (error) {
      // Somebody else was first: the next look is at what they made.
      if (!(error instanceof LayoutError && error.code === 'stale')) throw error
    }
  }

  /** Whether there were too many layouts lately; tells when that begins. */
  #holdsBack(nowMinute: number): boolean {
    const { layouts, onError } = this.#deps
    const lately = layouts.current().filter(({ fromMinute }) => fromMinute > nowMinute - MINUTES_PER_DAY)
    const wasHeldBack = this.#isHeldBack
    this.#isHeldBack = lately.length >= LAYOUTS_A_DAY_MAX
    if (this.#isHeldBack && !wasHeldBack)
      onError(new Error(`${lately.length} layouts began within a day: hot videos stay as they are for now.`))
    return this.#isHeldBack
  }

  /** Those of this process since the last time. */
  #takeRates(nowMs: number): Rates {
    const tookMs = nowMs - this.#sinceMs
    const seconds = (tookMs > 0 ? tookMs : LOOK_MS) / SECOND_MS // the clock may have been set back
    const frequent = this.#frequent
    this.#frequent = new FrequentVideos()
    this.#sinceMs = nowMs
    const videos = Array.from(frequent.atMost(), ([video, events]) => [video, events / seconds] as const)
    return { total: frequent.events / seconds, videos: new Map(videos) }
  }
}
