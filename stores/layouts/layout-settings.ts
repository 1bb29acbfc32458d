// The settings for routing.
import type { SettingsReader } from '../../lib/settings-reader.ts'

export type WantedLayout = {
  readonly partitions: number
  /** Videos that are spread over several partitions, and over how many. */
  readonly splits: ReadonlyMap<string, number>
  /** Channels that have partitions of their own, and how many. */
  readonly dedicated: ReadonlyMap<string, number>
  /** Whether events take the overload lane. */
  readonly overflow?: boolean
}

export function readWantedLayout(read: SettingsReader, defaultPartitions: number): WantedLayout {
  return {
    partitions: read.wholeNumber('PARTITIONS', defaultPartitions, { least: 1, most: 1_024 }),
    splits: read.counts('SPLIT_VIDEOS'),
    dedicated: read.counts('DEDICATED_CHANNELS'),
  }
}
