// Which incarnation of the log is current, and how many partitions it is known to have. Pure.
import type { MetaEntry } from './meta.ts'

export type Identity = {
  /** 8 hex digits. */
  readonly incarnation: string
  /** Of the on-time lane; there are never fewer. */
  readonly partitions: number
}

/** `previous` is the incarnation that this one replaces. */
type IncarnationEntry = { readonly incarnation: string; readonly previous: string | null }
type PartitionsEntry = Identity

/** Of two entries that replace the same incarnation the first one counts, so that writers can't part ways. */
export function currentIdentity(entries: readonly MetaEntry[]): Identity | null {
  let current: string | null = null
  for (const { incarnation, previous } of ofKind<IncarnationEntry>(entries, 'incarnation')) {
    if (previous === current) current = incarnation
  }
  if (current === null) return null
  const grown = ofKind<PartitionsEntry>(entries, 'partitions').filter(
    (entry) => entry.incarnation === current,
  )
  return { incarnation: current, partitions: Math.max(1, ...grown.map(({ partitions }) => partitions)) }
}

function ofKind<Value>(entries: readonly MetaEntry[], wanted: string): Value[] {
  return entries.flatMap(({ kind, value }) => (kind === wanted ? [value as Value] : []))
}
