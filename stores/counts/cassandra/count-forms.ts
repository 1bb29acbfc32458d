// Which table holds the rows of a minute, and in which shard: a function of the minute and of the entries of
// `count_forms` alone, as a layout is for routing. And for how long a process may rely on the entries that it read
// (decision 36). Pure.
import {
  HOUR_MS,
  hourOf,
  MINUTE_MS,
  MINUTES_PER_DAY,
  MINUTES_PER_HOUR,
  type VideoName,
} from '../../../model/bucket.ts'
import { murmur2 } from '../../../model/murmur2.ts'

/** From an hour on, rows are in `shared_counts`, in so many shards; before the first one they are in `counts`. */
export type CountForm = { readonly fromHour: number; readonly shards: number }

export type CountForms = {
  /** Those that hold, the latest first. */
  readonly forms: readonly CountForm[]
  /** The earliest hour of an entry of which it is not settled whether it holds; null where there is none. */
  readonly openFrom: number | null
}

export const SHARDS_MAX = 4_096
/** What a keyspace may have; a year of one an hour is no use to anybody. */
export const FORMS_MAX = 1_000
/** Rows of a long tail are hashed one by one. */
const scratch = Buffer.alloc(1_024)

/**
 * How far ahead of its latest reading of the entries a process may write. Longer than an event may be ahead of the
 * clock (AHEAD_MS_MAX).
 */
export const LEASE_MS = 2 * HOUR_MS
/** How far ahead an entry begins, at least. */
const LEAD_MS = 3 * HOUR_MS
/** What the lead leaves beyond the lease: half for the adding, half for clocks that differ. */
export const CLOCKS_DIFFER_MS = (LEAD_MS - LEASE_MS) / 2

/** The hour of an entry that holds for all: that of the year 1, the earliest that every tool can show. */
export const ALL_HOURS = -62_135_596_800_000 / MINUTE_MS

type FormState = 'proposed' | 'settled' | 'withdrawn'
export type FormEntry = CountForm & { readonly state: FormState }

export function formsOf(entries: readonly FormEntry[]): CountForms {
  const of = (wanted: FormState) => entries.filter(({ state }) => state === wanted)
  const open = of('proposed').map(({ fromHour }) => fromHour)
  const forms = of('settled').map(({ fromHour, shards }) => ({ fromHour, shards }))
  return {
    forms: forms.sort((a, b) => b.fromHour - a.fromHour),
    openFrom: open.length === 0 ? null : Math.min(...open),
  }
}

/** The number of shards of the minute's hour; null: its rows are in `counts`. */
export function shardsOf(forms: readonly CountForm[], minute: number): number | null {
  return forms.find(({ fromHour }) => fromHour <= minute)?.shards ?? null
}

export function shardOf({ tenant, videoId }: VideoName, shards: number): number {
  return nameHash(Buffer.from(tenant), Buffer.from(videoId)) % shards
}

/** Of the names of a tenant and a video: unsigned, of 32 bits. */
export function nameHash(tenant: Buffer, video: Buffer): number {
  const length = tenant.length + 1 + video.length
  const bytes = length > scratch.length ? Buffer.allocUnsafe(length) : scratch
  bytes.set(tenant)
  bytes[tenant.length] = 0
  bytes.set(video, tenant.length + 1)
  return murmur2(bytes, 0, length) >>> 0
}

/** Whether a process that began to read the entries at that time may write this minute. */
export function isLeased(minute: number, readAtMs: number): boolean {
  return minute * MINUTE_MS < readAtMs + LEASE_MS
}

/** The hour of an entry that is added now. */
export function hourToAdd(nowMs: number): number {
  return (Math.ceil((nowMs + LEAD_MS) / HOUR_MS) * HOUR_MS) / MINUTE_MS
}

/** Whether an entry that every replica has by now may still come to hold. */
export function maySettle(fromHour: number, nowMs: number): boolean {
  return nowMs + LEASE_MS + CLOCKS_DIFFER_MS <= fromHour * MINUTE_MS
}

/** Minutes [from, to) of one partition of a series. */
export type Part = { readonly from: number; readonly to: number; readonly shards: number | null }

/** In order of time. In `counts` a part is at most a day, in `shared_counts` an hour. */
export function partsOf(forms: readonly CountForm[], from: number, to: number): Part[] {
  const parts: Part[] = []
  for (let at = from; at < to; at = parts.at(-1)!.to) {
    const shards = shardsOf(forms, at)
    const ends = [to, shards === null ? nextDay(at) : hourOf(at) + MINUTES_PER_HOUR]
    const next = forms.findLast(({ fromHour }) => fromHour > at)
    if (shards === null && next !== undefined) ends.push(next.fromHour)
    parts.push({ from: at, to: Math.min(...ends), shards })
  }
  return parts
}

function nextDay(minute: number): number {
  return (Math.floor(minute / MINUTES_PER_DAY) + 1) * MINUTES_PER_DAY
}
