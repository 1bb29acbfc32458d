// From moments of a media element to what is reported of one load: pure. It knows no browser, clock or storage.
//
// Nothing is believed of the names of media events, whose order and number differ between browsers and players. Between
// two moments, what was watched is the wall time that the playhead's way accounts for: a pause, a stall and a jump do
// not move the playhead by playing, so they count nothing.
import { addRange, type Range, totalS } from './played-ranges.ts'

/** A look at the player. Moments are taken at media events and every quarter of a second in between. */
export type Moment = {
  /** Of a clock that never steps back. */
  readonly nowMs: number
  readonly positionS: number
  /** Infinity for live, NaN while unknown. */
  readonly durationS: number
  readonly paused: boolean
  /** The browser will start by itself once enough is loaded. */
  readonly autoplay: boolean
  readonly seeking: boolean
  readonly rate: number
  /** An advertisement plays in place of the video. */
  readonly ad: boolean
  readonly hidden: boolean
  /** What is measured must be reported now: the page or the load may end here. */
  readonly flush: boolean
}

export type Measured = {
  readonly type: 'play' | 'view' | 'watch' | 'stall' | `quartile-${25 | 50 | 75 | 100}`
  /** Whole milliseconds. */
  readonly value?: number
  readonly attributes: Readonly<Record<string, string>>
}

export type Playback = {
  readonly last: Moment
  readonly bornHidden: boolean
  /** Time spent waiting for the first frame. */
  readonly startupMs: number
  /** It was not paused at the first moment, so it may have started before. */
  readonly bornRunning: boolean
  readonly started: boolean
  readonly watchedMs: number
  /** What of `watchedMs` was reported, in whole milliseconds. */
  readonly reportedMs: number
  /** Seconds of the video that were played, repeats included. */
  readonly contentS: number
  readonly ranges: readonly Range[]
  readonly viewed: boolean
  /** How many quartiles were reported. */
  readonly quartiles: number
  /** For how long the playhead has stood still although it should move. */
  readonly stillMs: number
  /** Wall time not yet accounted for by the playhead, and the reverse: they meet in a later moment. */
  readonly spareWallMs: number
  readonly spareContentMs: number
}

/** Between two moments that are further apart, the page did not run: the machine slept, or the page was frozen. */
export const GAP_MS = 2_000
/** In a hidden page, timers run once a second, and later on a busy machine. */
export const GAP_HIDDEN_MS = 5_000
/** Browsers report the playhead in steps: by how much it may run behind the clock, or before it. */
const SPARE_MS = 250
/** A shorter one is not noticed as a stall. */
export const STALL_MIN_MS = 1_000
export const HEARTBEAT_MS = 10_000
/** A playhead that stands still for so long was not running; within a few milliseconds, a running one may seem to. */
const STANDING_MS = 100
/** Of the duration: a video of less than half a minute is viewed when this much of it was played. */
const VIEW_SHARE = 0.95
/** The last one leaves room for the frames at the end that some browsers never show. */
const QUARTILES = [0.25, 0.5, 0.75, 0.99]
const QUARTILE_TYPES = ['quartile-25', 'quartile-50', 'quartile-75', 'quartile-100'] as const

/** A media load begins. */
export function beginPlayback(first: Moment): Playback {
  return {
    last: first,
    bornHidden: first.hidden,
    startupMs: 0,
    bornRunning: !first.paused,
    started: false,
    watchedMs: 0,
    reportedMs: 0,
    contentS: 0,
    ranges: [],
    viewed: false,
    quartiles: 0,
    stillMs: 0,
    spareWallMs: 0,
    spareContentMs: 0,
  }
}

/** `viewAfterMs` of watch time make a view, or 95 % of the video. */
export function step(
  before: Playback,
  moment: Moment,
  viewAfterMs: number,
): { readonly playback: Playback; readonly measured: readonly Measured[] } {
  const { last } = before
  const measured: Measured[] = []
  const attributes: Record<string, string> = {}
  if (before.bornHidden) attributes.bornHidden = 'true'
  if (last.hidden) attributes.hidden = 'true'

  const elapsedMs = Math.max(0, moment.nowMs - last.nowMs)
  const isAwake = elapsedMs <= (last.hidden ? GAP_HIDDEN_MS : GAP_MS)
  const played = watched(before, moment, isAwake ? elapsedMs : 0)
  const after = { ...before, ...played, last: moment }

  const isWaiting = !last.ad && (!last.paused || last.autoplay)
  if (!before.started && isWaiting && isAwake) after.startupMs += elapsedMs - after.watchedMs
  if (!before.started && after.watchedMs > 0) {
    after.started = true
    const isKnown = !before.bornRunning || after.startupMs >= STANDING_MS
    measured.push({ type: 'play', ...(isKnown && { value: Math.round(after.startupMs) }), attributes })
  }
  const durationS = moment.durationS || Number.NaN // what plays has a length, even where a player says 0
  const isLong = after.watchedMs >= viewAfterMs || after.contentS >= VIEW_SHARE * durationS
  if (after.started && !after.viewed && isLong) {
    after.viewed = true
    measured.push({ type: 'view', attributes })
  }
  // Live video has no end, and Infinity makes each share 0.
  while (after.started && totalS(after.ranges) / durationS >= QUARTILES[after.quartiles]!) {
    measured.push({ type: QUARTILE_TYPES[after.quartiles]!, attributes })
    after.quartiles++
  }

  const changes = moment.hidden !== last.hidden || moment.rate !== last.rate || moment.ad !== last.ad
  const stops = moment.flush || changes || (moment.paused && !last.paused)
  const stall = stalled(before, after, isAwake ? elapsedMs : 0, stops || moment.seeking || !isAwake)
  after.stillMs = stall.stillMs
  if (stall.endedMs >= STALL_MIN_MS) {
    measured.push({ type: 'stall', value: Math.round(stall.endedMs), attributes })
  }

  const dueMs = Math.round(after.watchedMs) - after.reportedMs
  if (dueMs >= HEARTBEAT_MS || (stops && dueMs > 0)) {
    after.reportedMs += dueMs
    const rate = last.rate === 1 ? {} : { rate: String(last.rate) }
    measured.push({ type: 'watch', value: dueMs, attributes: { ...attributes, ...rate } })
  }
  return { playback: after, measured }
}

/** Whether the playhead may have moved by playing. A seek that ends in between played for the rest of the time. */
function isRunning({ last }: Playback, moment: Moment): boolean {
  return !last.paused && !last.ad && !(last.seeking && moment.seeking) && last.rate > 0
}

/** What was watched since the last moment: never more than the time that passed. */
function watched(before: Playback, moment: Moment, elapsedMs: number) {
  const ended = { spareWallMs: 0, spareContentMs: 0 }
  if (!isRunning(before, moment)) return ended
  if (elapsedMs === 0) return moment.nowMs === before.last.nowMs ? {} : ended // a second look, or a sleep
  const { last } = before
  const movedS = contentSince(before, moment, elapsedMs / 1_000)
  const wallMs = before.spareWallMs + elapsedMs
  const contentMs = before.spareContentMs + (movedS / last.rate) * 1_000
  const watchedMs = Math.min(wallMs, contentMs)
  return {
    watchedMs: before.watchedMs + watchedMs,
    contentS: before.contentS + (watchedMs * last.rate) / 1_000,
    ranges: movedS > 0 ? addRange(before.ranges, [last.positionS, last.positionS + movedS]) : before.ranges,
    spareWallMs: Math.min(SPARE_MS, wallMs - watchedMs),
    spareContentMs: Math.min(SPARE_MS, contentMs - watchedMs),
  }
}

/**
 * How far the playhead came by playing. A seek, or a loop, hides where it was when it left: then it is taken to have
 * gone on as before, and no further than the end.
 */
function contentSince({ last, stillMs }: Playback, moment: Moment, elapsedS: number): number {
  const movedS = moment.positionS - last.positionS
  const mayMoveS = elapsedS * last.rate
  if (!moment.seeking && movedS >= 0) return Math.min(movedS, mayMoveS + (SPARE_MS / 1_000) * last.rate)
  if (last.seeking || stillMs > SPARE_MS) return 0
  const leftS = Number.isNaN(last.durationS) ? Number.POSITIVE_INFINITY : last.durationS - last.positionS
  return Math.max(0, Math.min(mayMoveS, leftS))
}

/** `endedMs`: the length of the standstill that ended here. */
function stalled(before: Playback, after: Playback, elapsedMs: number, cut: boolean) {
  if (!before.started || before.last.seeking || !isRunning(before, after.last))
    return { stillMs: 0, endedMs: 0 }
  const watchedMs = after.watchedMs - before.watchedMs
  const lostMs = Math.max(0, elapsedMs - watchedMs)
  const moves = watchedMs > 0 && watchedMs >= elapsedMs / 2
  const stillMs = before.stillMs + lostMs
  if (cut) return { stillMs: 0, endedMs: stillMs }
  if (!moves) return { stillMs, endedMs: 0 }
  // What was lost in a moment of movement belongs to the standstill before it, or begins the next one.
  return before.stillMs > SPARE_MS ? { stillMs: 0, endedMs: stillMs } : { stillMs: lostMs, endedMs: 0 }
}
