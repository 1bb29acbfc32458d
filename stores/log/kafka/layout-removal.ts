// Which entries of the meta topic nobody needs any more. Pure.
import type { LayoutOrder } from './layout-order.ts'
import type { MetaEntry } from './meta.ts'

/**
 * The keys of ticks that are past, and of proposals before the layout of `minute`, the oldest that an event may have.
 * Whoever reads the topic without them finds the same layouts for that minute and later ones, now and ever after.
 */
export function removableKeys(
  entries: readonly MetaEntry[],
  { layouts, keys, timeKeys }: LayoutOrder,
  minute: number,
): string[] {
  const oldest = layouts.findLastIndex(({ fromMinute }) => fromMinute <= minute)
  const oldestAt = entries.findIndex(({ key }) => key === keys[oldest])
  const past = entries.filter(({ kind }, at) => kind === 'layout' && at < oldestAt)
  // All of them or none: the first proposal that is left is taken for valid.
  const proposals = past.some(({ key }) => timeKeys.has(key)) ? [] : past
  const ticks = entries.filter(({ kind, key }) => kind === 'tick' && !timeKeys.has(key))
  return [...proposals, ...ticks].map(({ key }) => key)
}
