// Which incarnation of the log is current, and which lanes and how many partitions it is known to have. Pure.

import { LANES } from '../lanes.ts'
import type { Lane } from '../log.ts'
import type { MetaEntry } from './meta.ts'

export type Identity = {
  /** 8 hex digits. */
  readonly incarnation: string
  /** Of the on-time lane; there are never fewer. */
  readonly partitions: number
  /** A log that is older than a lane gets the lane at the next `createTopics`. */
  readonly lanes: readonly Lane[]
}

/** The lanes that every incarnation has. */
const FIRST_LANES: readonly Lane[] = ['events', 'events-late', 'events-dead']

/**
 * `previous` is the incarnation that this one replaces. Versions that kept no sources of CloudEvents wrote no
 * `withSources`.
 */
export type IncarnationEntry = {
  readonly incarnation: string
  readonly previous: string | null
  readonly withSources?: true
}
type PartitionsEntry = Pick<Identity, 'incarnation' | 'partitions'>
type LanesEntry = Pick<Identity, 'incarnation' | 'lanes'>

/** Of two entries that replace the same incarnation the first one counts, so that writers cannot disagree. */
export function currentIdentity(entries: readonly MetaEntry[]): Identity | null {
  let current: string | null = null
  for (const { incarnation, previous } of ofKind<IncarnationEntry>(entries, 'incarnation')) {
    if (previous === current) current = incarnation
  }
  if (current === null) return null
  const isCurrent = ({ incarnation }: { readonly incarnation: string }) => incarnation === current
  const grown = ofKind<PartitionsEntry>(entries, 'partitions').filter(isCurrent)
  const added = ofKind<LanesEntry>(entries, 'lanes').filter(isCurrent)
  const lanes = new Set([...FIRST_LANES, ...added.flatMap((entry) => entry.lanes)])
  return {
    incarnation: current,
    partitions: Math.max(1, ...grown.map(({ partitions }) => partitions)),
    lanes: LANES.filter((lane) => lanes.has(lane)),
  }
}

/** The incarnation that a restore fills before it is declared; null: there is none, or it is declared. */
export function filledIncarnation(entries: readonly MetaEntry[]): string | null {
  if (currentIdentity(entries) !== null) return null
  return ofKind<{ readonly incarnation: string }>(entries, 'restore').at(-1)?.incarnation ?? null
}

/** Whether no event of this deployment was ever stored by a version that left sources out, in any incarnation. */
export function knowsSourcesFromBirth(entries: readonly MetaEntry[]): boolean {
  return ofKind<IncarnationEntry>(entries, 'incarnation')[0]?.withSources === true
}

function ofKind<Value>(entries: readonly MetaEntry[], wanted: string): Value[] {
  return entries.flatMap(({ kind, value }) => (kind === wanted ? [value as Value] : []))
}
