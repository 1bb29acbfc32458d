// Decides what an alert has to tell, from counts as they are answered. Only an answer that is sure counts: where the
// counts are behind, or the store could not be asked in full, nothing is found, and it is judged again later.
import { MINUTE_MS } from '../../../model/bucket.ts'
import type { Alert, Condition, Reason } from '../../../stores/alerts/alerts.ts'

/** A count of events in a range of minutes, as it would be answered, and how far that goes. */
export type Counted = {
  readonly count: number
  /** Epoch ms; null: not known yet. */
  readonly asOfMs: number | null
  /** Nothing that was accepted before the end of the range is missing. */
  readonly isComplete: boolean
  readonly isStale: boolean
}

/** The counts of one series, as far as they go now. */
export type Counting = {
  /** Minutes before this one are complete, as far as is known. */
  readonly reachedMinute: number
  /** From this one on each minute is kept by itself: a range that begins before may hold more than was asked for. */
  readonly minutesFrom: number
  /** The minute after that of the newest event there can be. */
  readonly endMinute: number
  /** From the beginning where `from` is null. */
  count(from: number | null, to: number): Promise<Counted>
}

export type Finding = { readonly reason: Reason; readonly count: number; readonly asOfMs: number }

/** What was found, and up to which minute the alert need not be judged again. */
export type Judged = { readonly findings: readonly Finding[]; readonly judgedTo: number }

type Of<Kind> = Extract<Condition, { readonly kind: Kind }>

/** Full windows that are still judged after their end. */
export const WINDOWS_BACK_MAX = 24
const FACTOR_SCALE = 1_000

/**
 * What is to be told now, told before or not. Fails as the counts do.
 * @param judgedTo of the judgement before, by whoever it was; 0: none is known
 */
export async function judge(alert: Alert, counting: Counting, judgedTo: number): Promise<Judged> {
  const { condition } = alert
  switch (condition.kind) {
    case 'passes':
      return { findings: await passed(alert, condition, counting), judgedTo }
    case 'rises':
      return rises(alert, condition, counting, judgedTo)
    case 'silent':
      return { findings: await silences(alert, condition, counting), judgedTo }
  }
}

/** What is counted only grows, but for corrections: a count that is behind has passed a threshold all the same. */
async function passed(alert: Alert, { thresholds }: Of<'passes'>, counting: Counting): Promise<Finding[]> {
  const told = new Set(
    alert.milestones.map(({ reason }) => (reason.kind === 'passes' ? reason.threshold : null)),
  )
  const open = thresholds.filter((threshold) => !told.has(threshold))
  if (open.length === 0) return []
  const { count, asOfMs, isStale } = await counting.count(null, counting.endMinute)
  if (isStale || asOfMs === null) return []
  return open
    .filter((threshold) => count >= threshold)
    .map((threshold) => ({ reason: { kind: 'passes', threshold }, count, asOfMs }))
}

/**
 * Windows begin at whole multiples of their length. A window is judged once, when it and the one before are complete.
 */
async function rises(
  alert: Alert,
  condition: Of<'rises'>,
  counting: Counting,
  before: number,
): Promise<Judged> {
  const { windowMinutes, factor, countMin } = condition
  const last = floorTo(counting.reachedMinute, windowMinutes)
  const first = Math.max(
    before + windowMinutes,
    last - (WINDOWS_BACK_MAX - 1) * windowMinutes,
    floorTo(createdMinute(alert), windowMinutes) + windowMinutes,
  )
  const findings: Finding[] = []
  let judgedTo = before
  for (let to = floorTo(first, windowMinutes); to <= last; to += windowMinutes) {
    const from = to - windowMinutes
    const [earlier, now] = [await counting.count(from - windowMinutes, from), await counting.count(from, to)]
    if (!isSure(earlier) || !isSure(now)) break
    judgedTo = to
    if (now.count < countMin || now.count * FACTOR_SCALE < Math.round(factor * FACTOR_SCALE) * earlier.count)
      continue
    const reason: Reason = { kind: 'rises', from, to, countBefore: earlier.count }
    findings.push({ reason, count: now.count, asOfMs: now.asOfMs })
  }
  return { findings, judgedTo }
}

/**
 * A silence begins after the last event, or with the alert. One that was told of ends with an event that is later than
 * what was known to be silent then: a late event of the time before begins no new one.
 */
async function silences(alert: Alert, { minutes }: Of<'silent'>, counting: Counting): Promise<Finding[]> {
  const to = counting.reachedMinute
  const told = alert.milestones.findLast(({ reason }) => reason.kind === 'silent')?.reason
  const begin = told?.kind === 'silent' ? told.to : createdMinute(alert)
  if (to - begin < minutes) return []
  const from = Math.max(begin, counting.minutesFrom)
  const recent = await counting.count(to - minutes, to)
  if (!isSure(recent) || recent.count > 0) return []
  const earlier = await counting.count(from, to)
  if (!isSure(earlier) || (told !== undefined && earlier.count === 0)) return []
  const since = earlier.count === 0 ? from : await afterLastEvent(from, to - minutes, counting)
  const { count, asOfMs } = recent
  return since === null ? [] : [{ reason: { kind: 'silent', since, to }, count, asOfMs }]
}

/** The minute after the last event in a range that holds one; null where an answer is not sure. */
async function afterLastEvent(from: number, to: number, counting: Counting): Promise<number | null> {
  let [low, high] = [from, to]
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    const counted = await counting.count(middle, high)
    if (!isSure(counted)) return null
    if (counted.count > 0) low = middle
    else high = middle
  }
  return high
}

type Sure = Counted & { readonly asOfMs: number }

function isSure(counted: Counted): counted is Sure {
  return counted.isComplete && !counted.isStale && counted.asOfMs !== null
}

/** The first whole minute of its life. */
function createdMinute({ createdMs }: Pick<Alert, 'createdMs'>): number {
  return Math.ceil(createdMs / MINUTE_MS)
}

function floorTo(minute: number, length: number): number {
  return Math.floor(minute / length) * length
}
