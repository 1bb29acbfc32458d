import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { HOURS, MORNING, serve } from '../../testing/query-fixture.ts'

describe('summary', () => {
  const NOTHING = { count: 0, sum: 0, average: null, min: null, max: null }

  test('shows the standard types and any other', async () => {
    const { json } = await serve([...MORNING, { time: '2026-11-21T08:30Z', values: [null], type: 'embed' }])
    const answer = await json(`/v1/videos/v/summary?${HOURS}`)
    assert.deepEqual(answer, {
      videoId: 'v',
      startTime: '2026-11-21T08:00:00Z',
      endTime: '2026-11-21T10:00:00Z',
      types: {
        view: { count: 4, sum: 3, average: 1, min: -1, max: 2.5 },
        like: NOTHING,
        dislike: NOTHING,
        share: NOTHING,
        embed: { ...NOTHING, count: 1 },
      },
      meta: { asOf: '2026-11-21T12:00:29.500Z', complete: true, reconciled: false, stale: false },
    })
  })

  test('goes from the first counted minute of any type to now', async () => {
    const { json } = await serve([...MORNING, { time: '2026-11-20T08:30Z', values: [null], type: 'embed' }])
    const { startTime, endTime } = await json('/v1/videos/v/summary')
    assert.deepEqual([startTime, endTime], ['2026-11-20T08:30:00Z', '2026-11-21T12:01:00Z'])
  })

  test('says how many types it leaves out', async () => {
    const types = Array.from({ length: 120 }, (_, at) => `t${at}`)
    const { json } = await serve(types.map((type) => ({ time: '2026-11-21T08:30Z', values: [null], type })))
    const answer = await json('/v1/videos/v/summary')
    assert.deepEqual([Object.keys(answer.types).length, answer.typesOmitted], [100, 24])
  })
})
