// Where the lists of the most counted videos are, by group (a tenant and type) and hour. Shared by the two forms: what
// reads a window (top-union.ts) and what makes room (top-folder.ts) work on this port.
//
// An hour of a group holds lists by name:
//   "<minute> <source>"   open: the totals of one source in a minute, absolute, so that they may be written again
//   "<minute> batch"      corrections of the batch layer: signed, the newest of each video counts
//   "<minute>"            closed: all sources of the minute, folded from open lists
//   "h"                   closed: all minutes of the hour, folded from closed minutes
// Rows that come after their list was folded make an open list anew; top-list.ts says what is known of both.
import { MINUTES_PER_HOUR } from '../../model/bucket.ts'
import { BATCH_SOURCE } from '../counts/counts.ts'
import type { TopList } from './top-list.ts'

/** List → version, which rises with each write. A list that is folded again never gets a version that it had. */
export type TopIndex = ReadonlyMap<string, number>

export interface TopLists {
  /** What all lists take, in bytes. */
  bytes(): Promise<number>
  /** The hours that have lists, by their first minutes, in order of time. */
  hours(): Promise<readonly number[]>
  groups(hour: number): Promise<readonly string[]>
  index(group: string, hour: number): Promise<TopIndex>
  /** In the order of the names; null for what is gone. */
  load(group: string, hour: number, names: readonly string[]): Promise<readonly (TopList | null)[]>
  /**
   * Puts a closed list in the place of others, in one step. Does nothing and returns false if one of them has changed
   * since its version was read.
   */
  replace(group: string, hour: number, old: TopIndex, name: string, list: TopList): Promise<boolean>
  /** `isLost`: windows that reach back into the hour are not whole from now on. */
  drop(hour: number, isLost: boolean): Promise<void>
  /** Rows of minutes before this one were lost for lack of room. */
  lostBefore(): Promise<number>
}

export const HOUR_LIST = 'h'

/** Types and tenants hold no control characters. */
export function topGroup(tenant: string, type: string): string {
  return `${tenant}\t${type}`
}

export function hourOf(minute: number): number {
  return Math.floor(minute / MINUTES_PER_HOUR) * MINUTES_PER_HOUR
}

export function openList(minute: number, sourceId: string): string {
  return `${minute} ${sourceId}`
}

export type ListName = {
  /** Null: of the whole hour. */
  readonly minute: number | null
  readonly kind: 'closed' | 'open' | 'corrections'
}

export function parseName(name: string): ListName {
  if (name === HOUR_LIST) return { minute: null, kind: 'closed' }
  const [minute, sourceId] = name.split(' ')
  if (sourceId === undefined) return { minute: Number(minute), kind: 'closed' }
  return { minute: Number(minute), kind: sourceId === BATCH_SOURCE ? 'corrections' : 'open' }
}
