// Totals of a video, a channel and the whole site over those events that have some values of attributes.
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { digestOf } from '../../../lib/http/keys/known-key.ts'
import { MINUTE_MS, MINUTES_PER_DAY } from '../../../model/bucket.ts'
import { DAY } from '../../../testing/archive-fixture.ts'
import { BATCH_SETTINGS } from '../../../testing/batch-world.ts'
import { type BreakdownWorld, FIRST_HOUR, NOW_MS, inWorld as test } from '../../../testing/breakdown-world.ts'
import { keyRing } from '../../../testing/key-ring.ts'
import { CHANNEL_VIDEOS_MAX } from '../../query/question/vocabulary.ts'
import { purgeOld } from '../archiving/archive-maintenance.ts'

const STATS = 'eventType=view&function=count'
const FIRST_HOURS = `startTime=${DAY * MINUTE_MS}&endTime=${(DAY + 120) * MINUTE_MS}`
const SUBJECTS = ['site', 'channels/Pets', 'videos/v1'] as const

async function get(
  world: BreakdownWorld,
  subject: string,
  query: string,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
) {
  const answer = await world.app.inject({ url: `/v1/${subject}/stats?${query}`, headers })
  assert.equal(answer.statusCode, status, answer.body)
  return answer
}

async function totalOf(world: BreakdownWorld, subject: string, query: string): Promise<number> {
  return (await get(world, subject, query)).json().value
}

/** v1 has 2 of Germany and 1 of France; v2, of the same channel, 1 and 1 of Portugal; v3 1 of Germany. */
async function stored(world: BreakdownWorld): Promise<void> {
  await world.views(DAY, ['DE', 'FR', 'DE'])
  await world.others(DAY + 60, [
    { videoId: 'v2', country: 'PT' },
    { videoId: 'v2', country: 'DE' },
    { videoId: 'v3', country: 'DE' },
    { videoId: 'v3', country: 'DE', type: 'like' },
    { videoId: 'v2', country: 'DE', tenant: 'acme' },
  ])
  await world.channel('Pets', ['v1', 'v2'])
}

describe('A filtered total', () => {
  test('counts the events that have one of the values of each attribute', async (world) => {
    await stored(world)
    const { meta, ...answer } = (await get(world, 'channels/Pets', `${STATS}&where=country:DE`)).json()
    assert.deepEqual(answer, {
      ...{ channelId: 'Pets', eventType: 'view', function: 'count' },
      ...{ startTime: '2023-11-14T00:00:00Z', endTime: '2023-11-15T00:00:00Z', value: 3 },
    })
    assert.deepEqual([meta.complete, meta.reconciled, meta.stale], [false, false, false], 'it ends now')
    const of = async (query: string) => {
      const values = []
      for (const subject of SUBJECTS) values.push(await totalOf(world, subject, `${STATS}&${query}`))
      return values
    }
    assert.deepEqual(await of('where=country:DE'), [4, 3, 2])
    assert.deepEqual(await of('where=country:DE&where=country:FR'), [5, 4, 3])
    assert.deepEqual(await of('where=country:DE&where=device:tv'), [2, 1, 0])
    assert.deepEqual(await of('where=device:'), [3, 3, 3], 'without the attribute')
    assert.deepEqual(await of('where=country:XX'), [0, 0, 0])
  })

  test('is what a breakdown adds up to, before the recount and after it', async (world) => {
    await stored(world)
    for (const closedTo of [DAY, DAY + 180]) {
      await world.run(closedTo)
      for (const subject of SUBJECTS) {
        const query = `${STATS}&${FIRST_HOUR}&where=country:DE`
        const { total } = (await world.get(200, `by=device&${query}`, {}, subject)).json()
        assert.equal(await totalOf(world, subject, query), total, subject)
      }
    }
  })

  test('has a series that adds up to it, in any time zone', async (world) => {
    await stored(world)
    for (const subject of SUBJECTS) {
      const whole = await totalOf(world, subject, `${STATS}&where=country:DE`)
      for (const cut of ['granularity=PT1H', 'granularity=P1D&timeZone=Asia/Kolkata', 'granularity=PT1M']) {
        const { value, series } = (await get(world, subject, `${STATS}&where=country:DE&${cut}`)).json()
        const sum = series.reduce((all: number, one: { value: number }) => all + one.value, 0)
        assert.deepEqual([value, sum], [whole, whole], `${subject} ${cut}`)
      }
    }
    const query = 'eventType=view&function=cumulative&where=country:DE&granularity=PT1H'
    const { series } = (await get(world, 'site', `${query}&${FIRST_HOUR}`)).json()
    assert.deepEqual(series, [{ time: '2023-11-14T00:00:00Z', value: 2 }])
  })

  test('begins with the first event, also of a site of which nothing is recounted', async (world) => {
    await world.views(DAY + 70, ['DE'])
    const { value, startTime } = (await get(world, 'site', `${STATS}&where=country:DE`)).json()
    assert.deepEqual([value, startTime], [1, '2023-11-14T01:10:00Z'])
    const other = (await get(world, 'site', 'eventType=like&function=count&where=country:DE')).json()
    assert.deepEqual([other.value, other.startTime], [0, other.endTime])
  })

  test('can be of another function, and a table', async (world) => {
    await world.views(DAY, ['DE', 'FR', 'DE'])
    const sum = 'eventType=view&function=sum&where=country:DE'
    assert.equal(await totalOf(world, 'site', sum), 2)
    assert.equal(await totalOf(world, 'videos/v1', sum.replace('sum', 'average')), 1)
    assert.equal(await totalOf(world, 'site', sum.replace('sum', 'average').replace('DE', 'XX')), null)
    const { body } = await get(world, 'videos/v1', sum, 200, { accept: 'text/csv' })
    assert.match(body, /^videoId,eventType,function,startTime,.*\r\nv1,view,sum,/)
  })

  test('goes without a removed video', async (world) => {
    await stored(world)
    await world.ask(202, 'DELETE', 'videos/v1')
    const query = `${STATS}&where=country:DE`
    assert.deepEqual(
      [await totalOf(world, 'site', query), await totalOf(world, 'channels/Pets', query)],
      [2, 1],
    )
  })

  test('of hours whose raw events are purged is counted from what is kept of them', async (world) => {
    for (const hour of [0, 60]) await world.views(DAY + hour, ['DE', 'DE', 'FR'])
    await world.run(DAY + 180)
    world.clock.advance(8 * MINUTES_PER_DAY * MINUTE_MS)
    const { archive, rollups, clock } = world
    assert.equal(await purgeOld({ archive, rollups, clock }, BATCH_SETTINGS, NOW_MS * 2, Infinity), 2)
    for (const subject of ['site', 'videos/v1']) {
      const asked = `${STATS}&startTime=${(DAY + 2) * MINUTE_MS}`
      const { value, startTime, series } = (
        await get(world, subject, `${asked}&where=country:DE&granularity=P1D`)
      ).json()
      assert.deepEqual([value, startTime, series[0].value], [4, '2023-11-14T00:00:00Z', 4], subject)
      const both = await get(world, subject, `${asked}&where=country:DE&where=device:tv`, 400)
      assert.equal(both.json().errors[0].code, 'resolution_expired')
    }
  })

  test('of hours of which something is missing is not complete', async (world) => {
    await world.views(DAY, ['DE'])
    await world.archive.writeCheckpoint('0badcafe-0', {
      ...{ nextOffset: 1, logTimeMs: NOW_MS, missingBeforeMs: (DAY + 240) * MINUTE_MS },
    })
    for (const subject of ['site', 'videos/v1']) {
      const { meta } = (await get(world, subject, `${STATS}&${FIRST_HOUR}&where=country:DE`)).json()
      assert.equal(meta.complete, false, subject)
    }
  })
})

describe('The filtered total of a channel of very many videos', () => {
  const FILTERED = `${STATS}&where=country:DE&where=country:ES`

  test('is counted from the archive, also by the hour and once raw events are gone', async (world) => {
    await stored(world)
    const many = Array.from({ length: CHANNEL_VIDEOS_MAX - 2 }, (_, i) => `more-${i}`)
    await world.channel('Pets', many)
    const others = many.slice(0, 3).map((videoId) => ({ videoId, country: 'ES' }))
    await world.others(DAY + 61, [...others, { ...others[0]!, tenant: 'acme' }])
    assert.equal(await totalOf(world, 'channels/Pets', FILTERED), 6)
    const byHour = async () => {
      const { series } = (
        await get(world, 'channels/Pets', `${FILTERED}&${FIRST_HOURS}&granularity=PT1H`)
      ).json()
      return series.map((point: { value: number }) => point.value)
    }
    assert.deepEqual(await byHour(), [2, 4])
    await world.ask(202, 'DELETE', 'videos/more-1')
    assert.equal(await totalOf(world, 'channels/Pets', FILTERED), 5)
    const lines = await world.lines('by=country&eventType=view&function=count', 'channels/Pets')
    assert.deepEqual(lines, ['DE: 3', 'ES: 2', 'FR: 1', 'PT: 1'])
    await world.run(DAY + 180)
    world.clock.advance(8 * MINUTES_PER_DAY * MINUTE_MS)
    const { archive, rollups, clock } = world
    assert.equal(await purgeOld({ archive, rollups, clock }, BATCH_SETTINGS, NOW_MS * 2, Infinity), 2)
    assert.deepEqual(await byHour(), [2, 3])
    const sitesFrom = DAY + 60
    const reconciled = (await rollups.readReconciled())!
    await rollups.writeReconciled({ ...reconciled, version: reconciled.version + 1, sitesFrom })
    await get(world, 'channels/Pets', `${FILTERED}&${FIRST_HOURS}`, 400) // what was before is not known of the site
  })
})

describe('A question for a filtered total', () => {
  test('is refused with all that is wrong with it', async (world) => {
    const faults = async (subject: string, query: string) =>
      (await get(world, subject, query, 400))
        .json()
        .errors.map((fault: { parameter: string; code: string }) => fault.parameter)
    assert.deepEqual(await faults('site', `${STATS}&where=zodiac:lion`), ['where'])
    assert.deepEqual(await faults('site', `${STATS}&where=`), ['where'])
    assert.deepEqual(await faults('videos/v1', 'function=no&where=country'), [
      'where',
      'eventType',
      'function',
    ])
    assert.deepEqual(await faults('channels/%00', `${STATS}&where=country:DE`), ['channelId'])
    assert.deepEqual(await faults('videos/%00', `${STATS}&where=country:DE&by=country`), ['by', 'videoId'])
    const many = Array.from({ length: CHANNEL_VIDEOS_MAX + 1 }, (_, i) => `v${i}`)
    await world.channel('Many', many)
    assert.deepEqual(await faults('channels/Many', `${STATS}&where=country:DE`), ['channelId'])
  })

  test('without a filter is for the service that has the counts', async (world) => {
    for (const subject of ['videos/v1', 'channels/Pets']) {
      const { type } = (await get(world, subject, STATS, 421)).json()
      assert.equal(type, 'urn:tally:problem:misdirected')
    }
  })

  const keys = keyRing('a=acme')
  test(
    'is about what a tenant owns, or a link shows',
    async (world) => {
      await stored(world)
      const query = `${STATS}&where=country:DE`
      await get(world, 'site', query, 401)
      const byKey = { 'x-api-key': 'a' }
      assert.equal((await get(world, 'site', query, 200, byKey)).json().value, 1)
      assert.equal((await get(world, 'videos/v1', query, 200, byKey)).json().value, 0)
      const link = { tenant: 'acme', shows: { videoId: 'v2' }, expiresMs: Number.MAX_SAFE_INTEGER }
      const byLink = { authorization: `Bearer ${keys.links.sign(link, digestOf('a'))}` }
      assert.equal((await get(world, 'videos/v2', query, 200, byLink)).json().value, 1)
      for (const subject of ['site', 'videos/v1', 'channels/Pets'])
        await get(world, subject, query, 403, byLink)
    },
    keys,
  )
})
