// Sorts rows and cuts one page out of them. Pure.
import type { Aggregate } from '../../../model/total.ts'
import { BY_ATTRIBUTE, type Order } from '../question/query-question.ts'
import { DIMENSIONS, type Dimension, type MinuteRange } from '../question/vocabulary.ts'
import type { GroupKey } from '../read/row-groups.ts'
import { evaluate } from './evaluate.ts'

/** What a row can be ordered by. */
type Sortable = { readonly key: GroupKey; readonly whole: Aggregate }

type Page<Row> = {
  readonly rows: readonly Row[]
  /** The index, before sorting, of the page's last row; set if more rows follow. */
  readonly after: number | null
}

type Sorted = string | number | bigint | null

const KEYS = { video: 'videoId', type: 'eventType', channel: 'channelId' } as const

/** At most `limit` of the sorted rows, starting after the row at `after`. The sort is stable; null comes last. */
export function pageOf<Row extends Sortable>(
  rows: readonly Row[],
  order: Order | null,
  range: MinuteRange,
  { limit, after }: { readonly limit: number; readonly after: number | null },
): Page<Row> {
  const ranked = rows.map((row, place) => ({ row, place, by: order && sortedBy(order.by, row, range) }))
  if (order !== null) ranked.sort((a, b) => compare(a.by, b.by, order.isDescending))
  const from = after === null ? 0 : ranked.findIndex(({ place }) => place === after) + 1
  const page = ranked.slice(from, from + limit)
  const hasMore = from + limit < ranked.length
  return { rows: page.map(({ row }) => row), after: hasMore ? page.at(-1)!.place : null }
}

function sortedBy(by: Order['by'], { key, whole }: Sortable, range: MinuteRange): Sorted {
  if (by === BY_ATTRIBUTE) return Object.values(key.attributes ?? {})[0] ?? null
  if (isDimension(by)) return key[KEYS[by]] ?? null
  if (by === 'sum') return whole.sum // more digits than a double holds
  const value = evaluate(by, whole, range)
  return value === null ? null : Number(value.rawJSON)
}

function isDimension(by: Order['by']): by is Dimension {
  return (DIMENSIONS as readonly string[]).includes(by)
}

function compare(a: Sorted, b: Sorted, isDescending: boolean): number {
  if (a === b) return 0
  if (a === null || b === null) return a === null ? 1 : -1
  return a < b === isDescending ? 1 : -1
}
