// The internal queue between sealing and the database writers. Totals are absolute, so tables may be written in any
// order and merged while they wait; the checkpoint follows only the contiguous run of stored ones (laws 2 and 6).

import type { Bucket } from '../../../model/bucket.ts'
import type { Checkpoint, CountRow } from '../../../stores/counts/counts.ts'
import type { DeadLetter } from '../../../stores/log/side-lanes.ts'

/** A closed table of changes with all that must be durable before its checkpoint may be written (law 6). */
export type Sealed = {
  readonly seal: number
  readonly rows: readonly CountRow[]
  readonly late: readonly Uint8Array[]
  readonly dead: readonly DeadLetter[]
  readonly checkpoint: Checkpoint
}

export class WriteQueue {
  readonly #writersMax: number
  /** Tables given to writers, oldest first; `stored` ones stay until all before them are stored. */
  readonly #taken: { sealed: Sealed; stored: boolean }[] = []
  #waiting: Sealed | null = null
  #storedSeal = 0

  constructor(writersMax: number) {
    this.#writersMax = writersMax
  }

  /** Rows, late events and dead letters that are sealed and not yet stored. */
  get rows(): number {
    const taken = this.#taken.reduce((sum, { sealed, stored }) => sum + (stored ? 0 : sizeOf(sealed)), 0)
    return taken + (this.#waiting === null ? 0 : sizeOf(this.#waiting))
  }

  get isEmpty(): boolean {
    return this.#taken.length === 0 && this.#waiting === null
  }

  /** Everything up to this seal is stored. */
  get storedSeal(): number {
    return this.#storedSeal
  }

  push(sealed: Sealed): void {
    this.#waiting = this.#waiting === null ? sealed : coalesce(this.#waiting, sealed)
  }

  /** The next table for a writer, or null when none waits or all writers are busy. */
  take(): Sealed | null {
    const sealed = this.#waiting
    if (sealed === null || this.#taken.filter(({ stored }) => !stored).length >= this.#writersMax) return null
    this.#waiting = null
    this.#taken.push({ sealed, stored: false })
    return sealed
  }

  /** Notes that a table is stored; returns the checkpoint that is now reached, or null. */
  stored(seal: number): Checkpoint | null {
    const entry = this.#taken.find(({ sealed }) => sealed.seal === seal)
    if (entry === undefined) throw new Error(`seal ${seal} was never taken`)
    entry.stored = true
    let reached: Sealed | null = null
    while (this.#taken[0]?.stored) reached = this.#taken.shift()!.sealed
    if (reached === null) return null
    this.#storedSeal = reached.seal
    return reached.checkpoint
  }
}

function sizeOf({ rows, late, dead }: Sealed): number {
  return rows.length + late.length + dead.length
}

function coalesce(older: Sealed, newer: Sealed): Sealed {
  const rows = new Map<string, CountRow>()
  for (const row of older.rows) rows.set(bucketKey(row.bucket), row)
  for (const row of newer.rows) rows.set(bucketKey(row.bucket), row)
  return {
    seal: newer.seal,
    rows: Array.from(rows.values()),
    late: older.late.concat(newer.late),
    dead: older.dead.concat(newer.dead),
    checkpoint: newer.checkpoint,
  }
}

function bucketKey({ tenant, videoId, type, minute }: Bucket): string {
  return `${minute}\0${type}\0${tenant}\0${videoId}`
}
