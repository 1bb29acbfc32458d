// Makes layouts from the operator's settings, compares them, and converts them to JSON and back. Pure.
import type { AskedBySettings, Layout } from '../../model/layout.ts'
import type { WantedLayout } from './layout-settings.ts'

type Place = Pick<Layout, 'version' | 'fromMinute'>
type Counts = ReadonlyMap<string, number>

/** The layout for the wanted settings. Channels get their own partitions in alphabetical order. */
export function toLayout(
  { partitions, splits, dedicated, overflow }: WantedLayout,
  { version, fromMinute }: Place,
): Layout {
  let first = partitions
  const ranges = new Map<string, { first: number; count: number }>()
  for (const [channel, count] of Array.from(dedicated).sort(([a], [b]) => (a < b ? -1 : 1))) {
    ranges.set(channel, { first, count })
    first += count
  }
  return { version, fromMinute, partitions, splits, dedicated: ranges, ...(overflow && { overflow }) }
}

/**
 * The layout after `newest` for these settings. What they ask for otherwise than before is followed; what commands and
 * rates have changed stays as it is.
 */
export function followSettings(newest: Layout | undefined, wanted: WantedLayout, place: Place): Layout {
  if (newest === undefined) return toLayout(wanted, place)
  const before = askedBySettings(newest)
  const splits = followed(newest.splits, before.splits, wanted.splits)
  const dedicated = followed(countsOf(newest), before.dedicated, wanted.dedicated)
  const isAsked = (video: string) =>
    wanted.splits.has(video) && wanted.splits.get(video) !== before.splits.get(video)
  const automatic = Array.from(newest.automatic ?? []).filter((video) => splits.has(video) && !isAsked(video))
  return marked(toLayout({ ...wanted, splits, dedicated }, place), new Set(automatic), wanted)
}

/** The layout with what is known of its origin, as far as that is not plain from the layout itself. */
export function marked(layout: Layout, automatic: ReadonlySet<string>, asked: AskedBySettings): Layout {
  const known = { ...layout, ...(automatic.size > 0 && { automatic }) }
  if (isSame(askedBySettings(known), asked)) return known
  return { ...known, settings: { splits: asked.splits, dedicated: asked.dedicated } }
}

export function askedBySettings(layout: Layout): AskedBySettings {
  if (layout.settings !== undefined) return layout.settings
  const splits = new Map(Array.from(layout.splits).filter(([video]) => !layout.automatic?.has(video)))
  return { splits, dedicated: countsOf(layout) }
}

/** The channels that have partitions of their own, and how many. */
export function countsOf({ dedicated }: Layout): Counts {
  return new Map(Array.from(dedicated, ([channel, { count }]) => [channel, count]))
}

/** Whether they are the same but for their place in the list. */
export function isAlike(a: Layout, b: Layout): boolean {
  const content = (layout: Layout) => [
    layout.partitions,
    sorted(layout.splits),
    sorted(layout.dedicated),
    layout.overflow === true,
    Array.from(layout.automatic ?? []).sort(),
  ]
  return (
    JSON.stringify(content(a)) === JSON.stringify(content(b)) &&
    isSame(askedBySettings(a), askedBySettings(b))
  )
}

type Pairs<T> = readonly (readonly [string, T])[]

export type LayoutJson = Omit<Layout, 'splits' | 'dedicated' | 'automatic' | 'settings'> & {
  readonly splits: Pairs<number>
  readonly dedicated: Pairs<{ first: number; count: number }>
  readonly automatic?: readonly string[]
  readonly settings?: { readonly splits: Pairs<number>; readonly dedicated: Pairs<number> }
}

export function toJson({ splits, dedicated, automatic, settings, ...rest }: Layout): LayoutJson {
  return {
    ...rest,
    splits: Array.from(splits),
    dedicated: Array.from(dedicated),
    ...(automatic !== undefined && { automatic: Array.from(automatic) }),
    ...(settings !== undefined && {
      settings: { splits: Array.from(settings.splits), dedicated: Array.from(settings.dedicated) },
    }),
  }
}

export function fromJson({ splits, dedicated, automatic, settings, ...rest }: LayoutJson): Layout {
  return {
    ...rest,
    splits: new Map(splits),
    dedicated: new Map(dedicated),
    ...(automatic !== undefined && { automatic: new Set(automatic) }),
    ...(settings !== undefined && {
      settings: { splits: new Map(settings.splits), dedicated: new Map(settings.dedicated) },
    }),
  }
}

function followed(current: Counts, before: Counts, wanted: Counts): Counts {
  const next = new Map(current)
  for (const name of before.keys()) if (!wanted.has(name)) next.delete(name)
  for (const [name, count] of wanted) if (before.get(name) !== count) next.set(name, count)
  return next
}

function isSame(a: AskedBySettings, b: AskedBySettings): boolean {
  return (
    JSON.stringify([sorted(a.splits), sorted(a.dedicated)]) ===
    JSON.stringify([sorted(b.splits), sorted(b.dedicated)])
  )
}

function sorted<T>(map: ReadonlyMap<string, T>): [string, T][] {
  return Array.from(map).sort(([a], [b]) => (a < b ? -1 : 1))
}
