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
  const partitions = read.wholeNumber('PARTITIONS', defaultPartitions, { least: 1, most: 1_024 })
  const splits = read.counts('SPLIT_VIDEOS')
  const dedicated = read.counts('DEDICATED_CHANNELS')
  // Whose channel a video is, only its events say.
  const waysMax = Array.from(dedicated.values()).reduce((most, count) => Math.max(most, count), partitions)
  for (const [video, ways] of splits) {
    if (ways <= waysMax) continue
    read.refuse(`SPLIT_VIDEOS: ${video} cannot be split ${ways} ways over ${waysMax} partitions`)
  }
  return { partitions, splits, dedicated }
}
