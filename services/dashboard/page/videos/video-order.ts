// The order of a list of videos, and its pages. Pure.
import { lazy } from '../lazy.ts'
import type { Sort, SortKey } from '../route.ts'
import type { Counted } from './video-list.ts'

export type Row = {
  readonly videoId: string
  readonly title: string
  readonly channel: string | null
  /** Epoch ms. */
  readonly publishedMs: number | null
  /** Up to when it was counted; null if that is not known. */
  readonly asOf: string | null
} & Counted

export const PAGE_ROWS = 20

const TEXT_KEYS: readonly SortKey[] = ['title', 'channel']
const collator = lazy(() => new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' }))

export function sortKeyOf(sort: Sort): SortKey {
  return sort.replace(/^-/, '') as SortKey
}

/** Another column begins with what is wanted of it: texts from A, numbers and dates from the highest. */
export function nextSort(sort: Sort, key: SortKey): Sort {
  if (sort === key) return `-${key}`
  if (sort === `-${key}`) return key
  return TEXT_KEYS.includes(key) ? key : `-${key}`
}

/** What is missing comes last either way; equal ones are in the order of their titles. */
export function ordered(rows: readonly Row[], sort: Sort): readonly Row[] {
  const key = sortKeyOf(sort)
  const way = sort === key ? 1 : -1
  return [...rows].sort((a, b) => comparedBy(key, a, b, way) || byName(a, b))
}

export type Page = {
  readonly rows: readonly Row[]
  /** From 1 on; the nearest one to what was asked for. */
  readonly at: number
  readonly pages: number
  /** The number of the first row, from 1 on; 0 if there is none. */
  readonly first: number
}

export function pageOf(rows: readonly Row[], at: number): Page {
  const pages = Math.max(1, Math.ceil(rows.length / PAGE_ROWS))
  const shown = Math.min(at, pages)
  const from = (shown - 1) * PAGE_ROWS
  return {
    rows: rows.slice(from, from + PAGE_ROWS),
    at: shown,
    pages,
    first: rows.length === 0 ? 0 : from + 1,
  }
}

function comparedBy(key: SortKey, a: Row, b: Row, way: 1 | -1): number {
  switch (key) {
    case 'title':
      return way * collator().compare(a.title, b.title)
    case 'channel':
      return missingLast(a.channel, b.channel, (x, y) => way * collator().compare(x, y))
    case 'published':
      return missingLast(a.publishedMs, b.publishedMs, (x, y) => way * (x - y))
    default:
      return way * (a[key] - b[key])
  }
}

function missingLast<T>(a: T | null, b: T | null, compare: (a: T, b: T) => number): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  return compare(a, b)
}

function byName(a: Row, b: Row): number {
  return collator().compare(a.title, b.title) || (a.videoId < b.videoId ? -1 : 1)
}
