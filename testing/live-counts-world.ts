// Live counts over stores in memory, with a clock that stands still until a test moves it.
import { minuteOf, type VideoName } from '../model/bucket.ts'
import type { Kept } from '../model/retention.ts'
import { EMPTY } from '../model/total.ts'
import type { Vouched } from '../services/query/deps.ts'
import { type LiveCount, LiveCounts } from '../services/query/live/live-counts.ts'
import type { MinuteRange } from '../services/query/question/vocabulary.ts'
import type { ChangeListener } from '../stores/changes/changes.ts'
import { MemoryChanges } from '../stores/changes/memory-changes.ts'
import type { CountReader } from '../stores/counts/counts.ts'
import { MemoryViewers } from '../stores/viewers/memory-viewers.ts'
import { ManualClock } from './manual-clock.ts'
import { MemoryCounts } from './memory-counts.ts'

export const NOW = Date.parse('2026-11-21T12:00:30Z')
export const VIEWS = { tenant: '', videoId: 'v', type: 'view' }
export const settled = () => new Promise(setImmediate)

export function setUpLiveCounts() {
  const clock = new ManualClock(NOW)
  const changes = new MemoryChanges()
  const counts = new MemoryCounts()
  const viewers = new MemoryViewers(clock)
  let reads = 0
  let upTo = 0
  const state = {
    ...{ kept: { minutesFrom: 0, hoursFrom: 0 } as Kept, vouched: null as Vouched | null },
    importing: null as MinuteRange | null,
    beforeRead: async () => {},
    ...{ asOfMs: NOW, isAway: false, hangs: false, isStale: false, isListening: true },
  }
  changes.isListening = () => state.isListening
  const followed: string[] = []
  changes.follow = ({ videoId }) => {
    followed.push(videoId)
    return () => followed.push(`not ${videoId}`)
  }
  const listeners: ChangeListener[] = []
  const subscribe = changes.subscribe.bind(changes)
  changes.subscribe = (listener) => {
    listeners.push(listener)
    return subscribe(listener)
  }
  const reader: CountReader = {
    async read(...args) {
      reads++
      if (state.isAway) throw new Error('away')
      await state.beforeRead()
      if (state.hangs) return new Promise(() => {})
      return { ...(await counts.read(...args)), stale: state.isStale }
    },
    types: (...args) => counts.types(...args),
    firstMinute: (...args) => counts.firstMinute(...args),
  }
  const metrics = { looked: () => {}, failed: () => {} }
  const howFar = {
    ...{ progress: () => state, kept: () => state.kept, vouched: () => state.vouched },
    importing: () => state.importing,
  }
  const live = new LiveCounts({ recent: reader, past: counts, changes, viewers, clock, metrics, ...howFar })
  return {
    ...{ live, clock, changes, viewers, state, followed },
    reads: () => reads,
    gap: (concerns: (video: VideoName) => boolean = () => true) => {
      for (const listener of listeners) listener.gap(concerns)
    },
    async store(count: number, minute = minuteOf(NOW), series = VIEWS, source = 's') {
      upTo++
      await counts.write(source, [{ bucket: { ...series, minute }, total: { ...EMPTY, count, upTo } }])
    },
    announce: (series = VIEWS) => changes.publish({ series: [series], asOfMs: state.asOfMs }),
    watch(series = VIEWS, from = 0) {
      const told: (number | null)[] = []
      const all: LiveCount[] = []
      const watching = live.watch({ series, from }, (_, now) => {
        told.push(now.count)
        all.push(now)
      })
      return { told, all, watching }
    },
    async pass(ms: number) {
      for (let passed = 0; passed < ms; passed += 250) {
        clock.advance(250)
        for (let i = 0; i < 10; i++) await settled()
      }
    },
  }
}
