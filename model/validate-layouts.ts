// Checks whether events can be routed by these layouts. Pure; reports all faults at once.
import type { Layout } from './layout.ts'

/** Every fault of a list of layouts, oldest first; empty where there is none. */
export function validateLayouts(layouts: readonly Layout[]): string[] {
  if (layouts.length === 0) return ['there is no layout']
  return layouts.flatMap((layout, i) => [
    ...orderFaults(layouts[i - 1], layout),
    ...sharedFaults(layout),
    ...dedicatedFaults(layout),
  ])
}

/** How many partitions the log must have for these layouts. */
export function partitionsNeeded(layouts: readonly Layout[]): number {
  const ends = layouts.flatMap(({ partitions, dedicated }) => [
    partitions,
    ...Array.from(dedicated.values(), ({ first, count }) => first + count),
  ])
  return Math.max(0, ...ends)
}

function orderFaults(previous: Layout | undefined, { version, fromMinute }: Layout): string[] {
  const faults: string[] = []
  if (!Number.isSafeInteger(version)) faults.push(`layout ${version}: the version must be an integer`)
  if (!Number.isSafeInteger(fromMinute)) faults.push(`layout ${version}: fromMinute must be an integer`)
  if (previous === undefined) return faults
  if (version <= previous.version)
    faults.push(`layout ${version}: comes after version ${previous.version} and must be higher`)
  if (fromMinute <= previous.fromMinute) {
    faults.push(`layout ${version}: fromMinute must be after ${previous.fromMinute}, the previous layout's`)
  }
  return faults
}

function sharedFaults({ version, partitions, splits, overflow = false }: Layout): string[] {
  const faults: string[] = []
  if (typeof overflow !== 'boolean') faults.push(`layout ${version}: overflow must be true or false`)
  if (!isCount(partitions)) faults.push(`layout ${version}: partitions must be an integer of at least 1`)
  for (const [video, ways] of splits) {
    if (!isCount(ways)) faults.push(`layout ${version}: ${video} must be split an integer of at least 1 ways`)
  }
  return faults
}

function dedicatedFaults({ version, partitions, dedicated }: Layout): string[] {
  const faults: string[] = []
  const ranges = Array.from(dedicated, ([channel, range]) => ({ channel, ...range }))
  ranges.sort((a, b) => a.first - b.first)
  let end = partitions
  for (const { channel, first, count } of ranges) {
    if (!Number.isSafeInteger(first) || !isCount(count)) {
      faults.push(`layout ${version}: the range of ${channel} must be an integer and a count of at least 1`)
      continue
    }
    if (first < end) faults.push(`layout ${version}: partition ${first} of ${channel} is in use below ${end}`)
    end = Math.max(end, first + count)
  }
  return faults
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1
}
