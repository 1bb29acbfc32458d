// Which videos an export lists while counts are written to partitions of another number of shards.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CountForm } from './count-forms.ts'
import { readCountedVideos } from './noted-series.ts'
import { SELECT_SERIES_VIDEOS } from './shared-statements.ts'
import type { Store } from './store.ts'
import { intValue } from './values.ts'

const NEW = 32
const OLD = 16
/** The latest first, as they are read. */
const FORMS: readonly CountForm[] = [
  { fromHour: 60, shards: NEW },
  { fromHour: 0, shards: OLD },
]
const VIDEO = { tenant: '', video_id: 'v' }
/** It has counts in new partitions alone. */
const LATER = { tenant: '', video_id: 'w' }

/** A video that was counted in old partitions alone, until the scan of the numbers of shards `after` has ended. */
function storeOf(after: number): Store {
  let isInNew = false
  const isAt = ([shards, shard]: readonly Buffer[], of: number, at: number) =>
    shards!.equals(intValue(of)) && shard!.equals(intValue(at))
  return {
    async *readPages(query: string, partition: readonly Buffer[]) {
      if (query !== SELECT_SERIES_VIDEOS) return
      if (isAt(partition, OLD, 0) || (isInNew && isAt(partition, NEW, 0))) yield [VIDEO]
      if (isAt(partition, NEW, 1)) yield [LATER]
      if (isAt(partition, after, after - 1)) isInNew = true
    },
    async read(_: string, params: readonly unknown[]) {
      const [shards, , , videoId] = params as [Buffer, Buffer, string, string]
      if (videoId === 'w') return shards.equals(intValue(NEW)) ? [LATER] : []
      return shards.equals(intValue(OLD)) || (isInNew && shards.equals(intValue(NEW))) ? [VIDEO] : []
    },
  } as unknown as Store
}

for (const after of [OLD, NEW]) {
  test(`a video that gets counts elsewhere after ${after} shards were read is listed once`, async () => {
    const listed: string[] = []
    for await (const videos of readCountedVideos(storeOf(after), FORMS)) {
      listed.push(...videos.map(({ videoId }) => videoId))
    }
    assert.deepEqual(listed.sort(), ['v', 'w'])
  })
}
