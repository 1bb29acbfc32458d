// What is restored of each hour. All that was counted of hours that had closed is carried over; of those of which the
// archive holds every event the recount has the last word, as always. Pure.
import { dayOf, hourOf } from '../../../model/bucket.ts'
import { isClosed } from '../../../services/reconciler/recount/due-hours.ts'
import type { HoursHeld } from '../../../stores/archive/duckdb/hours-held.ts'
import type { HourAudit, Reconciled, StoredRollup } from '../../../stores/counts/rollups.ts'
import type { ClusterManifest } from '../../backup/cluster/contents.ts'

/** No name that an archive gives: so the hour is due. */
const MARK = 'restored'

export type Restored = Pick<ClusterManifest['cluster'], 'takenMs' | 'closedTo'> & {
  readonly hours: HoursHeld
  /** The archive holds every event of hours that begin at this minute or later; no other is ever recounted. */
  readonly completeFrom: number
  readonly audits: readonly HourAudit[]
}

export class Fates {
  readonly #restored: Restored
  readonly #audits: readonly HourAudit[]
  readonly #purged: ReadonlySet<number>
  /** Hours of which raw events are gone, or could not be read. */
  readonly #lacking: ReadonlySet<number>

  constructor(restored: Restored) {
    this.#restored = restored
    this.#audits = restored.audits.map((audit) => ({ ...audit, purged: isPurged(audit, restored.hours) }))
    const hoursWith = (has: (audit: HourAudit) => boolean) =>
      new Set(this.#audits.filter(has).map(({ hour }) => hour))
    this.#purged = hoursWith(({ purged }) => purged)
    this.#lacking = hoursWith(({ missing }) => missing.length > 0)
  }

  /** Whether raw events of an hour are counted again; those of a damaged one are compared, and change nothing. */
  isRecounted(hour: number): boolean {
    const { hours, completeFrom } = this.#restored
    return hours.held.has(hour) && hour >= completeFrom && !this.#purged.has(hour)
  }

  /** Whether what was counted of an hour is carried over. Otherwise it was open, and the archive tells all of it. */
  isCarriedOver(hour: number): boolean {
    return isClosed(hour, this.#restored.closedTo)
  }

  /**
   * Hours that the recount has rolled up since the moment may hold events that are not in the backup: such a rollup
   * would be taken for more than the raw events tell. It stands where they do not tell all: of events whose files are
   * gone without a trace nothing else tells.
   */
  isRollupKept({
    resolution,
    start,
    version,
  }: Pick<StoredRollup, 'resolution' | 'start' | 'version'>): boolean {
    const { takenMs, hours } = this.#restored
    if (resolution === 'day') return start < this.firstDayAddedUp
    if (!this.isCarriedOver(start)) return false
    const tellAll = this.isRecounted(start) && !hours.damaged.has(start) && !this.#lacking.has(start)
    return version <= takenMs || !tellAll
  }

  /** This day and later ones hold hours that are not carried over. */
  get firstDayAddedUp(): number {
    return dayOf(hourOf(this.#restored.closedTo))
  }

  /** An hour that is recounted has not been, and what was counted of it before is known. */
  get audits(): readonly HourAudit[] {
    return this.#audits
      .filter(({ hour }) => this.isCarriedOver(hour))
      .map((audit) => {
        if (!this.isRecounted(audit.hour)) return audit
        return { ...audit, mark: MARK, beforeMinute: audit.hour }
      })
  }

  /** Hours that are recounted are no truth until they are. Imports count as seen by no recount. */
  reconciled({ imports: _, tables: __, ...before }: Reconciled): Reconciled {
    const toMinute = Math.min(before.toMinute, hourOf(this.#restored.closedTo))
    const except = [
      ...before.exceptHours,
      ...this.#restored.hours.held.values().filter((hour) => this.isRecounted(hour)),
    ]
    const exceptHours = Array.from(new Set(except))
      .filter((hour) => hour < toMinute)
      .sort((a, b) => a - b)
    return { ...before, toMinute, exceptHours }
  }
}

/**
 * An hour that was purged while the archive was copied may be in the copy with all its raw events, and without all that
 * was to outlive them: it is one that is not purged yet. What is left of one whose purge had begun is not all.
 */
function isPurged({ hour, mark, purged }: HourAudit, { marks, damaged }: HoursHeld): boolean {
  const isWhole = marks.get(hour) === mark && !damaged.has(hour)
  return purged && !isWhole
}
