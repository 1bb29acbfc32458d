// Decides which of the proposed layouts are valid, and for which minutes that is final. Pure: all processes that read
// the same entries agree, without a lock and without a clock. Time is log time: the highest that the topic has shown
// so far, because it may step back when another broker leads.
import { MINUTE_MS } from '../../../model/bucket.ts'
import type { Layout } from '../../../model/layout.ts'
import { validateLayouts } from '../../../model/validate-layouts.ts'
import { fromJson, type LayoutJson } from '../../layouts/layout-form.ts'
import type { MetaEntry } from './meta.ts'

/** The lead of logs for which none was agreed: versions before leads were agreed know no other. */
export const FIRST_LEAD_MS = 15 * MINUTE_MS

/**
 * The value of a `lead` entry. Of several the first counts. `atOnce`: it was written before any layout; otherwise it
 * holds when all who have not read it must have stopped to route.
 */
export type LeadEntry = { readonly leadMs: number; readonly atOnce: boolean }

export type LayoutOrder = {
  /** Oldest first. */
  readonly layouts: readonly Layout[]
  /** The keys of their entries. */
  readonly keys: readonly string[]
  /** The log time of all that was read; no later entry has a lower one. */
  readonly asOfMs: number
  /** How long before its minute the log must have a proposal; null while FIRST_LEAD_MS has not been replaced. */
  readonly agreedLeadMs: number | null
  /** From this log time on proposals need only the agreed lead. */
  readonly agreedFromMs: number
  /** Whether a proposal follows a layout that was removed before it was read here. */
  readonly isMissingSome: boolean
  /** Of entries on whose log time it depends which later proposals are valid. */
  readonly timeKeys: ReadonlySet<string>
}

/**
 * What these entries make. A proposal counts if it has the next version, and if the log took it long enough before its
 * minute. It replaces what is to come from its minute on: that may still be taken back.
 */
export function layoutOrder(entries: readonly MetaEntry[]): LayoutOrder {
  let order: LayoutOrder = START
  let newestKey = ''
  for (const entry of entries) {
    if (entry.logTimeMs > order.asOfMs) {
      order = { ...order, asOfMs: entry.logTimeMs }
      newestKey = entry.key
    } else if (entry.logTimeMs < order.asOfMs && entry.kind !== 'tick') {
      order = { ...order, timeKeys: new Set([...order.timeKeys, newestKey]) }
    }
    if (entry.kind === 'lead') order = withLead(order, entry.value as LeadEntry)
    if (entry.kind === 'layout') order = withProposal(order, entry)
  }
  return { ...order, timeKeys: new Set([...order.timeKeys, newestKey]) }
}

/** Whether new proposals need only the agreed lead. */
export function isAgreed({ agreedLeadMs, agreedFromMs, asOfMs }: LayoutOrder): boolean {
  return agreedLeadMs !== null && asOfMs >= agreedFromMs
}

/**
 * The first minute for which a layout may come that is not among these; for all minutes before, these are final,
 * however old they are. Null while no lead is agreed.
 */
export function unknownFromMinute({ layouts, asOfMs, agreedLeadMs }: LayoutOrder): number | null {
  if (agreedLeadMs === null) return null
  return layouts.length === 0 ? Number.NEGATIVE_INFINITY : Math.ceil((asOfMs + agreedLeadMs) / MINUTE_MS)
}

const START: LayoutOrder = {
  layouts: [],
  keys: [],
  asOfMs: Number.NEGATIVE_INFINITY,
  agreedLeadMs: null,
  agreedFromMs: Number.POSITIVE_INFINITY,
  isMissingSome: false,
  timeKeys: new Set(),
}

function withLead(order: LayoutOrder, { leadMs, atOnce }: LeadEntry): LayoutOrder {
  const isValid = Number.isSafeInteger(leadMs) && leadMs >= 0 && leadMs <= FIRST_LEAD_MS
  const isTooLate = atOnce && order.layouts.length > 0
  if (!isValid || isTooLate || order.agreedLeadMs !== null) return order
  return { ...order, agreedLeadMs: leadMs, agreedFromMs: atOnce ? 0 : order.asOfMs + FIRST_LEAD_MS }
}

function withProposal(order: LayoutOrder, { key, value, logTimeMs }: MetaEntry): LayoutOrder {
  const layout = fromJson(value as LayoutJson)
  const { layouts, keys, asOfMs, agreedLeadMs } = order
  const newest = layouts.at(-1)
  if (newest !== undefined && layout.version > newest.version + 1) return { ...order, isMissingSome: true }
  const takenMs = isAgreed(order) ? asOfMs + agreedLeadMs! : logTimeMs + FIRST_LEAD_MS
  const inTime = newest === undefined || layout.fromMinute * MINUTE_MS >= takenMs
  const isNext = newest === undefined || layout.version === newest.version + 1
  if (!inTime || !isNext) return order
  const isReplaced = ({ fromMinute }: Layout) => isAgreed(order) && fromMinute >= layout.fromMinute
  const left = layouts.findIndex(isReplaced)
  const count = left < 0 ? layouts.length : Math.max(left, 1)
  const next = [...layouts.slice(0, count), layout]
  if (validateLayouts(next).length > 0) return order
  return { ...order, layouts: next, keys: [...keys.slice(0, count), key] }
}
