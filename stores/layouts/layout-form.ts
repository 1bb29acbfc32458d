// Makes layouts from the operator's settings, compares them, and converts them to JSON and back. Pure.
import type { Layout } from '../../model/layout.ts'
import type { WantedLayout } from './layout-settings.ts'

/** The layout for the wanted settings. Channels get their own partitions in alphabetical order. */
export function toLayout(
  { partitions, splits, dedicated, overflow }: WantedLayout,
  version: number,
  fromMinute: number,
): Layout {
  let first = partitions
  const ranges = new Map<string, { first: number; count: number }>()
  for (const [channel, count] of Array.from(dedicated).sort(([a], [b]) => (a < b ? -1 : 1))) {
    ranges.set(channel, { first, count })
    first += count
  }
  return { version, fromMinute, partitions, splits, dedicated: ranges, ...(overflow && { overflow }) }
}

export function routesAlike(a: Layout, b: Layout): boolean {
  const routing = ({ partitions, splits, dedicated, overflow = false }: Layout) =>
    JSON.stringify([partitions, Array.from(splits).sort(), Array.from(dedicated).sort(), overflow])
  return routing(a) === routing(b)
}

export type LayoutJson = Omit<Layout, 'splits' | 'dedicated'> & {
  readonly splits: readonly (readonly [string, number])[]
  readonly dedicated: readonly (readonly [string, { first: number; count: number }])[]
}

export function toJson({ splits, dedicated, ...rest }: Layout): LayoutJson {
  return { ...rest, splits: Array.from(splits), dedicated: Array.from(dedicated) }
}

export function fromJson(json: LayoutJson): Layout {
  return { ...json, splits: new Map(json.splits), dedicated: new Map(json.dedicated) }
}
