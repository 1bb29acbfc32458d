import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { MINUTE_MS, MINUTES_PER_DAY } from '../../../model/bucket.ts'
import { atMinute, batchOf, DAY } from '../../../testing/archive-fixture.ts'
import { until } from '../../../testing/batch-world.ts'
import { COUNT, FIRST_HOUR, NOW_MS, inWorld as test } from '../../../testing/breakdown-world.ts'
import { keyRing } from '../../../testing/key-ring.ts'
import { checkLostCounts } from '../../../testing/lost-counts.ts'
import { ASKED_AT_ONCE_MAX, BREAKDOWN_MS_MAX } from './breakdowns.ts'

describe('An answer', () => {
  test('has a row for each value, and their total', async (world) => {
    await world.views(DAY + 2, ['DE', 'FR', 'DE', null, ''])
    const { meta, ...answer } = (await world.get(200, COUNT)).json()
    assert.deepEqual(answer, {
      ...{ videoId: 'v1', eventType: 'view', function: 'count', by: 'country' },
      dimensions: ['country', 'device'],
      ...{ startTime: '2023-11-14T00:02:00Z', endTime: '2023-11-15T00:00:00Z', total: 5 },
      rows: [
        { country: '', value: 2 },
        { country: 'DE', value: 2 },
        { country: 'FR', value: 1 },
      ],
    })
    const { asOf, ...rest } = meta
    assert.deepEqual(rest, { complete: false, reconciled: false, stale: false }, 'the range ends now')
    assert.equal(asOf, new Date(NOW_MS - 1).toISOString())
  })

  test('adds the rest up, apart from a value of that name', async (world) => {
    await world.views(DAY, ['other', 'other', 'other', 'DE', 'DE', 'FR', 'PT'])
    assert.deepEqual(await world.lines(`${COUNT}&limit=2`), ['other: 3', 'DE: 2', 'other*: 2'])
    const { total, rows } = (await world.get(200, `${COUNT}&limit=1`)).json()
    assert.equal(
      rows.reduce((sum: number, row: { value: number }) => sum + row.value, 0),
      total,
    )
    assert.deepEqual(rows.at(-1), { country: 'other', value: 4, isOther: true })
  })

  test('is of the asked range and function', async (world) => {
    await world.views(DAY + 58, ['DE', 'DE', 'DE'])
    const query = `by=country&eventType=view&function=sum&${FIRST_HOUR}`
    const { startTime, total, rows, meta } = (await world.get(200, query)).json()
    assert.deepEqual([startTime, total, rows], ['2023-11-14T00:00:00Z', 2, [{ country: 'DE', value: 2 }]])
    assert.equal(meta.complete, true)
    const nothing = (await world.get(200, 'by=device&eventType=like&function=average')).json()
    assert.deepEqual([nothing.total, nothing.rows, nothing.startTime], [null, [], nothing.endTime])
  })

  test('is a table where one is asked for', async (world) => {
    await world.views(DAY, ['=1+1', 'DE', 'DE'])
    const { body, headers } = await world.get(200, `${COUNT}&${FIRST_HOUR}&limit=1`, { accept: 'text/csv' })
    assert.match(String(headers['content-type']), /^text\/csv/)
    const meta = `${new Date(NOW_MS - 1).toISOString()},true,false,false`
    const about = 'v1,view,count,2023-11-14T00:00:00Z,2023-11-14T01:00:00Z'
    assert.deepEqual(body.split('\r\n'), [
      'videoId,eventType,function,startTime,endTime,country,isOther,value,asOf,complete,reconciled,stale',
      `${about},DE,false,2,${meta}`,
      `${about},other,true,1,${meta}`,
      '',
    ])
  })

  test('holds late events before their hour is counted again, and says when it is', async (world) => {
    await world.views(DAY, ['DE'])
    await world.run(DAY + 60)
    await world.views(DAY + 1, ['FR'], 'events-late')
    assert.deepEqual(await world.lines(`${COUNT}&${FIRST_HOUR}`), ['DE: 1', 'FR: 1'])
    assert.equal(await world.rollup('hour', DAY), 1)
    await world.run(DAY + 120)
    assert.equal(await world.rollup('hour', DAY), 2)
    assert.equal((await world.get(200, `${COUNT}&${FIRST_HOUR}`)).json().meta.reconciled, true)
  })

  test('leaves out what of a video was removed', async (world) => {
    await world.views(DAY, ['DE', 'FR'])
    world.clock.advance(-MINUTES_PER_DAY * MINUTE_MS)
    await world.ask(202, 'DELETE', 'videos/v1')
    world.clock.advance(MINUTES_PER_DAY * MINUTE_MS)
    assert.deepEqual(await world.lines(COUNT), ['FR: 1'], 'only what happened later counts')
  })
})

test('an answer is not complete where raw events are missing', async (world) => {
  await world.streamed(DAY, 1)
  await world.views(DAY + 60, ['DE'])
  await world.run(DAY + 180)
  const asked = `${COUNT}&startTime=${DAY * MINUTE_MS}&endTime=${(DAY + 120) * MINUTE_MS}`
  assert.equal((await world.get(200, asked)).json().meta.complete, false)
  const later = `${COUNT}&startTime=${(DAY + 60) * MINUTE_MS}&endTime=${(DAY + 120) * MINUTE_MS}`
  assert.equal((await world.get(200, later)).json().meta.complete, true)
  await world.archive.writeCheckpoint('0badcafe-0', {
    ...{ nextOffset: 1, logTimeMs: NOW_MS, missingBeforeMs: (DAY + 90) * MINUTE_MS },
  })
  world.clock.advance(1_000)
  assert.equal((await world.get(200, later)).json().meta.complete, false)
})

describe('The route', () => {
  test(
    'is for keys that may read, each for its tenant',
    async (world) => {
      const { archive } = world
      await world.views(DAY, ['DE'])
      await archive.store(batchOf('0badcafe-1', 'events', [atMinute(DAY, { tenant: 'acme' })]))
      await world.get(401, COUNT)
      await world.get(403, COUNT, { 'x-api-key': 'root' })
      const { total, rows } = (await world.get(200, COUNT, { 'x-api-key': 'key' })).json()
      assert.deepEqual([total, rows], [1, [{ country: '', value: 1 }]])
    },
    keyRing('key=acme', 'root'),
  )

  test('refuses more questions than may wait, and shares equal ones', async (world) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const { archive } = world
    const answer = archive.breakdown.bind(archive)
    let asked = 0
    archive.breakdown = async (...question) => {
      asked++
      await promise
      return answer(...question)
    }
    const url = (limit: number) => `/v1/videos/v1/breakdown?${COUNT}&limit=${limit}`
    const statuses = Array.from({ length: ASKED_AT_ONCE_MAX + 1 }, async (_, i) => {
      return (await world.app.inject(url(i + 1))).statusCode
    })
    const shared = world.app.inject(url(1))
    assert.equal(await Promise.race(statuses), 503)
    resolve()
    assert.equal((await shared).statusCode, 200)
    const answered = (await Promise.all(statuses)).filter((status) => status === 200)
    assert.deepEqual([answered.length, asked], [ASKED_AT_ONCE_MAX, ASKED_AT_ONCE_MAX])
  })

  test('ends a question that takes too long, and answers the next one', async (world) => {
    const { archive } = world
    const answer = archive.breakdown.bind(archive)
    archive.breakdown = (_, signal) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
    const asked = world.get(503, COUNT)
    let isAnswered = false
    asked.then(() => (isAnswered = true))
    await until(world.clock, () => isAnswered, BREAKDOWN_MS_MAX / 4)
    assert.match((await asked).json().detail, /takes too long: ask for a shorter range/)
    archive.breakdown = answer
    await world.get(200, COUNT)
  })

  test('says so where the archive does not answer', async (world) => {
    world.archive.breakdown = () => Promise.reject(new Error('the bucket is away'))
    const answer = await world.get(503, COUNT)
    assert.match(answer.json().type, /store-unavailable/)
    assert.doesNotMatch(answer.body, /bucket/)
    assert.ok(Number(answer.headers['retry-after']) >= 1)
  })
})

test('nothing is complete until lost counts are there again, nor later what reaches back', async (world) => {
  await world.views(DAY, ['DE'])
  const isComplete = async () => (await world.get(200, `${COUNT}&${FIRST_HOUR}`)).json().meta.complete
  await checkLostCounts(world, DAY, isComplete)
})
