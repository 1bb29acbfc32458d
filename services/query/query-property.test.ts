// For any counts and questions: rows equal the sums of the events, added one by one.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MINUTE_MS } from '../../model/bucket.ts'
import { EMPTY } from '../../model/total.ts'
import { MemoryCounts } from '../../testing/memory-counts.ts'
import { queryDeps } from '../../testing/query-fixture.ts'
import { getQuery } from './query.ts'
import { listedQuestion } from './question/query-question.ts'

type Counted = {
  readonly videoId: string
  readonly type: string
  readonly minute: number
  readonly value: number
}

const VIDEOS = ['a', 'b', 'c']
const TYPES = ['view', 'like']
const NOW_MS = Date.parse('2026-11-21T12:00Z')
const FROM = NOW_MS / MINUTE_MS - 600
const CHANNELS: Readonly<Record<string, string | null>> = { a: 'x', b: 'x', c: null }

const counted: fc.Arbitrary<readonly Counted[]> = fc.array(
  fc.record({
    videoId: fc.constantFrom(...VIDEOS, 'other'),
    type: fc.constantFrom(...TYPES, 'other'),
    minute: fc.integer({ min: FROM - 200, max: FROM + 200 }),
    value: fc.integer({ min: -5, max: 5 }),
  }),
  { maxLength: 30 },
)
const question = fc.record({
  videoIds: fc.uniqueArray(fc.constantFrom(...VIDEOS), { minLength: 1 }),
  eventTypes: fc.uniqueArray(fc.constantFrom(...TYPES), { minLength: 1 }),
  groupBy: fc.uniqueArray(fc.constantFrom('video', 'type', 'channel')),
  length: fc.nat(150),
  orderBy: fc.constantFrom('count', '-count'),
})

async function countsOf(events: readonly Counted[]): Promise<MemoryCounts> {
  const counts = new MemoryCounts()
  for (const [at, { videoId, type, minute, value }] of events.entries()) {
    const total = { ...EMPTY, count: 1, values: 1, sum: BigInt(value * 1000), upTo: 0 }
    const row = { bucket: { tenant: '', videoId, type, minute }, total }
    await counts.write(`source-${at}`, [row])
  }
  return counts
}

test('rows are what their events add up to, now and before', async () => {
  await fc.assert(
    fc.asyncProperty(counted, question, async (events, { length, ...asked }) => {
      const body = {
        ...{ ...asked, functions: ['count', 'sum'], compare: 'previous', granularity: 'PT15M' },
        ...{ startTime: FROM * MINUTE_MS, endTime: (FROM + length) * MINUTE_MS },
      }
      const videos = {
        find: async (_: string, videoId: string) => {
          return { title: videoId, channel: CHANNELS[videoId]!, durationSeconds: null, publishedMs: null }
        },
      }
      const deps = { ...queryDeps(await countsOf(events)), videos }
      const { rows } = JSON.parse(JSON.stringify(await getQuery(deps, '', listedQuestion(body, NOW_MS))))

      const nameOf = ({ videoId, type }: Pick<Counted, 'videoId' | 'type'>) =>
        JSON.stringify([
          asked.groupBy.includes('video') ? videoId : undefined,
          asked.groupBy.includes('type') ? type : undefined,
          asked.groupBy.includes('channel') ? CHANNELS[videoId] : undefined,
        ])
      const names = asked.videoIds.flatMap((videoId) =>
        asked.eventTypes.map((type) => nameOf({ videoId, type })),
      )
      const own = (name: string, from: number, to: number) => {
        const mine = events.filter(
          (event) =>
            asked.videoIds.includes(event.videoId) &&
            asked.eventTypes.includes(event.type) &&
            nameOf(event) === name &&
            from <= event.minute &&
            event.minute < to,
        )
        return { count: mine.length, sum: mine.reduce((sum, { value }) => sum + value, 0) }
      }

      assert.equal(rows.length, new Set(names).size)
      let last = asked.orderBy === 'count' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
      for (const { videoId, eventType, channelId, values, series, previous } of rows) {
        const name = JSON.stringify([videoId, eventType, channelId])
        assert.deepEqual(values, own(name, FROM, FROM + length))
        assert.deepEqual(previous.values, own(name, FROM - length, FROM))
        for (const course of [{ values, series }, previous]) {
          const sum = course.series.reduce(
            (sum: number, point: { values: { count: number } }) => sum + point.values.count,
            0,
          )
          assert.equal(sum, course.values.count)
        }
        assert.ok(asked.orderBy === 'count' ? values.count >= last : values.count <= last)
        last = values.count
      }
    }),
    { numRuns: 500 },
  )
})
