// Which hours a run must recount, and how far the result is valid. Pure.
import { minuteText } from '../../../lib/time-text.ts'
import { hourOf, MINUTE_MS, MINUTES_PER_DAY, MINUTES_PER_HOUR } from '../../../model/bucket.ts'
import type { Horizons } from '../../../model/horizons.ts'
import type { Holding } from '../../../stores/archive/archive.ts'
import type { HourAudit } from '../../../stores/counts/rollups.ts'

export type Window = {
  /** Minutes before this one get no more events from the stream, and all their events are archived. */
  readonly closedTo: number
  /** The archive holds every event of hours that begin at this minute or later. */
  readonly completeFrom: number
  /** Hours to recount in any case: those that begin in [from, to) minutes. */
  readonly again: HourRange | null
}

export type HourRange = { readonly from: number; readonly to: number }

/** How much later than the horizon a minute counts as closed, because clocks may differ and a source may idle. */
export type ClosingRule = { readonly horizonMs: number; readonly slackMs: number }

/**
 * The minute before which all minutes are closed: the stream counts nothing that is older than the horizon.
 * @param asOfMs up to when both the counts and the archive hold everything that the log took
 */
export function closedTo(asOfMs: number, { horizonMs, slackMs }: ClosingRule): number {
  return Math.max(0, Math.floor((asOfMs - horizonMs - slackMs) / MINUTE_MS))
}

/** A new leader may know a little less than the one before. */
const OPENED_MINUTES_MAX = 5

/**
 * What to tell an operator where minutes that were closed are open again, though nobody has said that the horizon was
 * shorter before; null where all is well. The stream may count late events of these minutes that are corrected already.
 */
export function openedAgain(
  { closedBefore, closedTo }: { readonly closedBefore: number | null; readonly closedTo: number },
  { earlierHorizons }: Horizons,
): string | null {
  if (closedBefore === null || closedBefore - closedTo <= OPENED_MINUTES_MAX) return null
  if (earlierHorizons !== undefined) return null
  const minutes = `from ${minuteText(closedTo)} to ${minuteText(closedBefore)}`
  return (
    `The minutes ${minutes} were closed, and are open again. If HORIZON_MS has become longer, ` +
    'name the shorter one in HORIZON_BEFORE. Without it, late events of these minutes that are ' +
    'sent again count twice until the minutes are closed.'
  )
}

/**
 * The first minute of which the archive holds every event.
 * @param missingBeforeMs see HowFarArchived
 */
export function completeFrom(missingBeforeMs: number, { aheadMs }: { readonly aheadMs: number }): number {
  return missingBeforeMs === 0 ? 0 : Math.ceil((missingBeforeMs + aheadMs) / MINUTE_MS)
}

/** How far before their own time events may be archived at most; clocks may differ. */
const AHEAD_MINUTES_MAX = 5

/**
 * Hours that changed or closed since their last recount, or were rolled up by an older release; open hours only if late
 * or imported events arrived.
 */
export function dueHours<Held extends Holding>(
  holdings: readonly Held[],
  audits: ReadonlyMap<number, HourAudit>,
  { closedTo, completeFrom, again }: Window,
): Held[] {
  return holdings.filter((holding) => {
    const { hour, mark, lateMark } = holding
    if (hour >= closedTo || hour < completeFrom) return false
    const audit = audits.get(hour)
    if (again !== null && hour >= again.from && hour < again.to) return audit?.purged !== true
    if (audit === undefined) return lateMark !== null || isClosed(hour, closedTo)
    if (audit.purged) return false
    if (!isClosed(hour, closedTo)) {
      return lateMark !== audit.lateMark || (audit.beforeMinute < closedTo && mayHoldLate(holding, audit))
    }
    return mark !== audit.mark || !isClosed(hour, audit.beforeMinute) || !isOfThisRelease(audit)
  })
}

/** Whether everything was rolled up that is rolled up today. */
function isOfThisRelease({ knowsQuarters, knowsSites }: HourAudit): boolean {
  return knowsQuarters === true && knowsSites === true
}

/** Whether late or imported events arrived for minutes that were not yet closed when the hour was compared. */
function mayHoldLate({ lateArchivedMs }: Holding, { beforeMinute }: HourAudit): boolean {
  return beforeMinute <= Math.floor(lateArchivedMs / MINUTE_MS) + AHEAD_MINUTES_MAX
}

/** Counts of hours are kept about this long, so older ones are not missing. */
const LOST_MAX = 400 * MINUTES_PER_DAY

/** The first hour that may be missing in an archive that is complete from a minute on. */
export function lostFrom(completeFrom: number): number {
  return hourOf(completeFrom) - LOST_MAX
}

/**
 * The hours before `toMinute` that rollups do not cover, in order of time: in the archive but never recounted as a
 * whole; or before `completeFrom` and never recounted, because the log removed their events before they were
 * archived.
 */
export function exceptHours(
  holdings: readonly Holding[],
  audits: ReadonlyMap<number, HourAudit>,
  toMinute: number,
  completeFrom: number,
): number[] {
  const hours = new Set(holdings.map(({ hour }) => hour))
  if (completeFrom > 0) {
    for (let hour = lostFrom(completeFrom); hour < completeFrom; hour += MINUTES_PER_HOUR) hours.add(hour)
  }
  const excepted = Array.from(hours).filter((hour) => hour < toMinute && !isRecountedWhole(audits.get(hour)))
  return excepted.sort((a, b) => a - b)
}

export function isClosed(hour: number, closedTo: number): boolean {
  return hour + MINUTES_PER_HOUR <= closedTo
}

function isRecountedWhole(audit: HourAudit | undefined): boolean {
  if (audit === undefined) return false
  return audit.purged || (isClosed(audit.hour, audit.beforeMinute) && audit.missing.length === 0)
}
