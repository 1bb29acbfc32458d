// The layouts in force, oldest first. Nobody may route an event before knowing the layout of its minute (law 5).
import type { Layout } from '../../model/layout.ts'
import type { LayoutChange } from './layout-changes.ts'

/**
 * `unavailable`: it is unknown which layouts are in force. `stale`: the newest layout is another one than the change
 * was made for. `refused`: the change breaks a rule. `too_early`: it could not be known everywhere by its minute.
 */
type LayoutErrorCode = 'unavailable' | 'stale' | 'refused' | 'too_early'

export class LayoutError extends Error {
  readonly code: LayoutErrorCode
  constructor(code: LayoutErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'LayoutError'
    this.code = code
  }
}

export interface Layouts {
  /**
   * Oldest first, as far as they are known here. Throws LayoutError `unavailable` if it is unknown which are in force:
   * events must not be routed then.
   */
  current(): readonly Layout[]
  /**
   * Events of this minute (since the epoch) and later must not be routed yet: a layout that is not among `current()`
   * may begin with it. What is known of the minutes before is final. Infinity where one process makes all layouts.
   */
  unknownFromMinute(): number
}

export type ChangeRequest = {
  /** Of the newest layout, as the one who asks knows it. */
  readonly version: number
  /** The first minute of the changed layout; null: the first that is possible. */
  readonly fromMinute: number | null
}

export interface ChangeableLayouts extends Layouts {
  /**
   * Makes the next layout by a change of the newest one, and returns all. It is durable, and known to all partitioners
   * that go on routing, before its first minute. A change that changes nothing makes none. Fails with LayoutError, or
   * with LogError `unavailable`.
   */
  change(change: LayoutChange, request: ChangeRequest): Promise<readonly Layout[]>
}
