// What every form of the counts must do, as tests: keep videos with any names apart, and report which series have
// rows of which hours.
import assert from 'node:assert/strict'
import type { Series } from '../../model/bucket.ts'
import { compareSeries } from '../../model/series-order.ts'
import { ALL_SERIES, cutAt, isInRange, type SeriesRange } from '../../model/series-range.ts'
import { EMPTY } from '../../model/total.ts'
import { checkNames } from '../../testing/arbitrary-name.ts'
import {
  BATCH_SOURCE,
  type CountAudit,
  type CountReader,
  type CountRow,
  type CountWriter,
  type VideoScan,
} from './counts.ts'

type Counts = CountWriter & CountReader & CountAudit & VideoScan
type Test = (title: string, run: (counts: Counts) => Promise<void>) => void

/** 2023-11-14T00:00Z, in minutes. */
const DAY = 28_332_000
const VIEWS: Series = { tenant: '', videoId: 'v1', type: 'view' }
const LIKES: Series = { ...VIEWS, type: 'like' }

export function countsOfAnyName(test: Test): void {
  test('keeps videos apart, whatever they are called', async (counts) => {
    await checkNames(async (tenant, videoIds) => {
      const all = videoIds.map((videoId) => ({ tenant, videoId, type: 'view' }))
      await counts.write(
        'a-0',
        all.map((series, i) => rowOf(series, DAY, i + 1)),
      )
      for (const [i, series] of all.entries()) {
        const { periods } = await counts.read(series, { resolution: 'minute', from: DAY, to: DAY + 1 })
        assert.deepEqual(
          periods.map(({ start, aggregate }) => [start, aggregate.count]),
          [[DAY, i + 1]],
        )
        assert.equal((await counts.hydrate('a-0', [{ ...series, minute: DAY }]))[0]?.count, i + 1)
        assert.equal((await counts.heldMinutes(series, DAY, DAY + 1))[0]?.stream.count, i + 1)
        assert.deepEqual(await counts.types(tenant, series.videoId), ['view'])
        assert.equal(await counts.firstMinute(series), DAY)
      }
      const listed = (await Array.fromAsync(counts.videos())).flat().filter((name) => name.tenant === tenant)
      assert.deepEqual(listed.map(({ videoId }) => videoId).sort(), videoIds.toSorted())
      const written = (await seriesOf(counts, DAY)).filter((one) => one.tenant === tenant)
      assert.deepEqual(written, all.toSorted(compareSeries))
    })
  })
}

export function writtenHours(test: Test): void {
  test('tells which hours have rows, and of which series', async (counts) => {
    const minutes = [DAY + 1_500, DAY, DAY + 59, DAY + 60, DAY - 1, DAY + 90 * 1_440]
    for (const [i, minute] of minutes.entries()) {
      await counts.write(`a-${i}`, [rowOf(VIEWS, minute), rowOf(LIKES, minute)])
    }
    const other = { ...VIEWS, videoId: 'v2' }
    await counts.write(BATCH_SOURCE, [rowOf(other, DAY + 60)])
    assert.deepEqual(await counts.writtenHours(DAY, DAY + 1_440), [DAY, DAY + 60])
    assert.deepEqual(await counts.writtenHours(DAY - 60, DAY + 365 * 1_440), [
      ...[DAY - 60, DAY, DAY + 60, DAY + 1_500, DAY + 90 * 1_440],
    ])
    assert.deepEqual(await seriesOf(counts, DAY), [LIKES, VIEWS])
    assert.deepEqual(await seriesOf(counts, DAY + 60), [LIKES, VIEWS, other])
    assert.deepEqual(await seriesOf(counts, DAY + 120), [])
  })

  test('tells the series of an hour by ranges, wherever they are cut', async (counts) => {
    const videos = ['', 't', 'tt'].flatMap((tenant) =>
      ['a', 'é', 'ﬁ', '🎬'].map((videoId) => ({ tenant, videoId })),
    )
    const all = videos.flatMap((video) => ['like', 'view'].map((type) => ({ ...video, type })))
    await counts.write(
      'a-0',
      all.map((series) => rowOf(series, DAY)),
    )
    for (const keys of [[], [videos[0]!], [videos[5]!], [videos[2]!, videos[3]!, videos[9]!]]) {
      const ranges = cutAt(ALL_SERIES, keys)
      const found = await Promise.all(ranges.map((range) => seriesOf(counts, DAY, range)))
      assert.deepEqual(found.flat(), all)
      for (const [i, range] of ranges.entries()) assert.ok(found[i]!.every((one) => isInRange(range, one)))
    }
  })
}

async function seriesOf(counts: Counts, hour: number, range?: SeriesRange): Promise<Series[]> {
  return (await Array.fromAsync(counts.writtenSeries(hour, range))).flat()
}

function rowOf(series: Series, minute: number, count = 1): CountRow {
  return { bucket: { ...series, minute }, total: { ...EMPTY, count, upTo: 1 } }
}
