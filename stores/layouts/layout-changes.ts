// What operators and the rates of videos change about routing: one change of the newest layout makes the next. Pure.
import { minuteText } from '../../lib/time-text.ts'
import { MINUTES_PER_DAY } from '../../model/bucket.ts'
import type { Layout } from '../../model/layout.ts'
import { askedBySettings, countsOf, isAlike, marked, toLayout } from './layout-form.ts'
import { type ChangeRequest, LayoutError } from './layouts.ts'

/** Videos and channels are named as in a layout. */
export type LayoutChange =
  | RoutingChange
  /** Takes back the newest layout, which is still to come. */
  | { readonly act: 'withdraw' }

export type RoutingChange =
  | { readonly act: 'split'; readonly video: string; readonly parts: number }
  | { readonly act: 'merge'; readonly video: string }
  | { readonly act: 'dedicate'; readonly channel: string; readonly parts: number }
  /** The channel's events go to the shared partitions again. */
  | { readonly act: 'share'; readonly channel: string }
  /** These are all automatic splits. */
  | { readonly act: 'balance'; readonly automatic: ReadonlyMap<string, number> }

type Place = Pick<Layout, 'version' | 'fromMinute'>

/** Of the videos that operators split. */
const SPLITS_MAX = 1_000
/** Of a log: those that are shared and those of channels. */
export const PARTITIONS_MAX = 1_024

/** A layout that is to come is the newest, and other changes begin after it. */
const AHEAD_MINUTES_MAX = MINUTES_PER_DAY

/**
 * The layout that a request asks for after these, of which there is one at least; null if it changes nothing. From
 * `changeableMinute` on, layouts may begin and be replaced. Throws LayoutError.
 */
export function requestedLayout(
  layouts: readonly Layout[],
  change: LayoutChange,
  { version, fromMinute }: ChangeRequest,
  changeableMinute: number,
): Layout | null {
  const newest = layouts.at(-1)!
  const earliestMinute = Math.max(changeableMinute, newest.fromMinute + 1)
  if (version !== newest.version) {
    const detail = `The newest layout is version ${newest.version}, and this change was made for version ${version}`
    throw new LayoutError('stale', `${detail}: look at the newest one, and decide again.`)
  }
  if (change.act === 'withdraw') return withoutNewest(layouts, changeableMinute)
  const fault = changeFault(newest, change)
  if (fault !== null) throw new LayoutError('refused', fault)
  if (fromMinute !== null && fromMinute < earliestMinute)
    throw new LayoutError(
      'too_early',
      `A layout can take effect from ${minuteText(earliestMinute)} at the earliest.`,
    )
  if (fromMinute !== null && fromMinute > earliestMinute + AHEAD_MINUTES_MAX)
    throw new LayoutError('refused', 'A layout can take effect within a day, not later.')
  const next = withChange(newest, change, {
    version: newest.version + 1,
    fromMinute: fromMinute ?? earliestMinute,
  })
  return isAlike(newest, next) ? null : next
}

/**
 * The layout before the newest, again: in its own place where that is to come too, so that several can be withdrawn one
 * after the other; otherwise as early as possible, so that other changes need not wait for the newest one's minute.
 */
function withoutNewest(layouts: readonly Layout[], changeableMinute: number): Layout {
  const [newest, before] = [layouts.at(-1)!, layouts.at(-2)]
  if (before === undefined || newest.fromMinute < changeableMinute) {
    const since = minuteText(newest.fromMinute)
    throw new LayoutError(
      'refused',
      `Layout ${newest.version}, from ${since}, cannot be taken back: events of its minutes may be routed by it ` +
        'already. Undo it by another change.',
    )
  }
  const fromMinute = Math.max(before.fromMinute, changeableMinute)
  const next = { ...before, version: newest.version + 1, fromMinute }
  if (isAlike(newest, next)) throw new LayoutError('refused', 'What is to come is taken back already.')
  return next
}

/** Without those that a new layout replaces: the ones that would begin with its first minute or later. */
export function withoutReplaced(layouts: readonly Layout[], { fromMinute }: Layout): readonly Layout[] {
  return layouts.filter((layout) => layout.fromMinute < fromMinute)
}

/** The layout with a change that has no fault. */
export function withChange(layout: Layout, change: RoutingChange, place: Place): Layout {
  const splits = new Map(layout.splits)
  const automatic = new Set(layout.automatic)
  const dedicated = new Map(countsOf(layout))
  switch (change.act) {
    case 'split':
      splits.set(change.video, change.parts)
      automatic.delete(change.video)
      break
    case 'merge':
      splits.delete(change.video)
      automatic.delete(change.video)
      break
    case 'dedicate':
      dedicated.set(change.channel, change.parts)
      break
    case 'share':
      dedicated.delete(change.channel)
      break
    case 'balance':
      for (const video of automatic) splits.delete(video)
      automatic.clear()
      for (const [video, parts] of change.automatic) {
        if (splits.has(video)) continue // an operator's
        splits.set(video, parts)
        automatic.add(video)
      }
  }
  const { partitions, overflow = false } = layout
  const routing = toLayout({ partitions, splits, dedicated, overflow }, place)
  return marked(routing, automatic, askedBySettings(layout))
}

/** Why the change cannot be made, in a sentence; null if it can. */
function changeFault(layout: Layout, change: RoutingChange): string | null {
  switch (change.act) {
    case 'split':
      return splitFault(layout, change.video, change.parts)
    case 'merge':
      return layout.splits.has(change.video) ? null : `The video ${change.video} is not split.`
    case 'dedicate':
      return dedicatedFault(layout, change.channel, change.parts)
    case 'share':
      if (layout.dedicated.has(change.channel)) return null
      return `The channel ${change.channel} has no partitions of its own.`
    case 'balance':
      return null
  }
}

function splitFault(
  { partitions, splits, dedicated, automatic }: Layout,
  video: string,
  parts: number,
): string | null {
  // Whose channel a video is, only its events say.
  const partsMax = Array.from(dedicated.values()).reduce(
    (most, { count }) => Math.max(most, count),
    partitions,
  )
  if (!(Number.isSafeInteger(parts) && parts >= 2 && parts <= partsMax))
    return `A video can be split into 2 to ${partsMax} parts, one for each partition, not into ${parts}.`
  const others = Array.from(splits.keys()).filter((one) => one !== video && !automatic?.has(one))
  return others.length < SPLITS_MAX ? null : `${SPLITS_MAX} videos are split already: merge others first.`
}

function dedicatedFault({ partitions, dedicated }: Layout, channel: string, parts: number): string | null {
  if (!(Number.isSafeInteger(parts) && parts >= 1))
    return `A channel can have 1 partition of its own or more, not ${parts}.`
  const others = Array.from(dedicated).reduce(
    (sum, [one, { count }]) => (one === channel ? sum : sum + count),
    partitions,
  )
  if (others + parts <= PARTITIONS_MAX) return null
  return `A log has at most ${PARTITIONS_MAX} partitions, and ${others} are in use: there is no room for ${parts} more.`
}
