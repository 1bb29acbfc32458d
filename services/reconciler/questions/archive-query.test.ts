import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { MINUTE_MS, MINUTES_PER_DAY } from '../../../model/bucket.ts'
import { DAY } from '../../../testing/archive-fixture.ts'
import { keyRing } from '../../../testing/key-ring.ts'
import { checkLostCounts } from '../../../testing/lost-counts.ts'
import {
  ASKED,
  HOURS,
  KEEPING,
  lineOf,
  NOW,
  PETS,
  type QueryWorld,
  SITE,
  some,
  inQueryWorld as test,
  time,
} from '../../../testing/query-world.ts'
import { purgeOld } from '../archiving/archive-maintenance.ts'

describe('Rows by an attribute', () => {
  test('add up to the total', async (world) => {
    await some(world)
    const { rows, meta, ...answer } = await world.answer({ groupBy: 'country' })
    assert.deepEqual(answer, { startTime: '2023-11-14T00:05:00Z', endTime: '2023-11-15T00:00:00Z' })
    assert.deepEqual(rows.map(lineOf), ['DE: 5', 'FR: 3', ': 1', 'ES: 1', 'PT: 1'])
    assert.deepEqual([meta.complete, meta.reconciled, meta.stale], [false, false, false], 'it ends now')
    assert.deepEqual(await world.lines({ groupBy: ['country'], limit: 2 }), ['DE: 5', 'FR: 3', 'other*: 3'])
  })

  test('can be cut into periods', async (world) => {
    await some(world)
    assert.deepEqual(await world.lines({ ...HOURS, groupBy: 'country', limit: 1 }), [
      'DE: 5 (2 1 2)',
      'other*: 6 (2 1 3)',
    ])
  })

  test('can be in another order', async (world) => {
    await some(world)
    const rows = (orderBy: string, limit: number) => world.lines({ groupBy: 'country', orderBy, limit })
    assert.deepEqual(await rows('count', 2), [': 1', 'ES: 1', 'other*: 9'])
    assert.deepEqual(await rows('country', 3), [': 1', 'DE: 5', 'ES: 1', 'other*: 4'])
    assert.deepEqual(await rows('-country', 1), ['PT: 1', 'other*: 10'])
  })

  test('are compared with the period before', async (world) => {
    await some(world)
    const second = { startTime: time(DAY + 60), endTime: time(DAY + 120), compare: 'previous' }
    const body = { ...second, granularity: 'PT1H', groupBy: 'country' }
    assert.deepEqual(await world.lines(body), [
      'DE: 1 (1) after 2',
      'PT: 1 (1) after 0',
      ': 0 (0) after 1',
      'FR: 0 (0) after 1',
    ])
  })

  test('can be of several functions', async (world) => {
    const value = { valueThousandths: 1_500 }
    await world.views(DAY, ['DE', 'DE'], value)
    await world.views(DAY + 60, ['FR'])
    const functions = ['sum', 'count', 'average', 'rate']
    const { rows } = await world.answer({ ...HOURS, granularity: undefined, functions, groupBy: 'country' })
    assert.deepEqual(rows, [
      { attributes: { country: 'DE' }, values: { sum: 3, count: 2, average: 1.5, rate: 2 / 180 } },
      { attributes: { country: 'FR' }, values: { sum: 0, count: 1, average: null, rate: 1 / 180 } },
    ])
  })

  test('are a table where one is asked for', async (world) => {
    await some(world)
    const body = { ...ASKED, groupBy: 'country', limit: 1 }
    const lines = (await world.post(200, body, { accept: 'text/csv' })).body.split('\r\n')
    assert.match(lines[0]!, /^country,isOther,startTime,endTime,count,asOf,/)
    assert.match(lines[1]!, /^DE,false,2023-11-14T00:05:00Z,2023-11-15T00:00:00Z,5,/)
    assert.match(lines[2]!, /^other,true,/)
  })
})

describe('With filters', () => {
  test('rows are grouped as always', async (world) => {
    await some(world)
    const where = { country: 'DE' }
    assert.deepEqual(await world.lines({ where }), [': 5'])
    assert.deepEqual(await world.lines({ where, groupBy: 'video', orderBy: '-count' }), ['v1: 3', 'v2: 2'])
    assert.deepEqual(await world.lines({ ...HOURS, where }), [': 5 (2 1 2)'])
    assert.deepEqual(await world.lines({ where: { country: ['DE', ''], device: ['web', ''] } }), [': 4'])
    assert.deepEqual(await world.lines({ where: { device: 'tv' }, groupBy: 'country' }), [
      'DE: 2',
      'FR: 1',
      'PT: 1',
    ])
    assert.deepEqual(await world.lines({ where: { country: "'; DROP TABLE nothing" } }), [': 0'])
    await world.inChannel('Pets', ['v2'])
    assert.deepEqual(await world.lines({ where, groupBy: 'channel' }), [': 3', 'Pets: 2'])
  })

  test('rows come in pages', async (world) => {
    await some(world)
    const body = { where: { country: 'DE' }, groupBy: 'video', orderBy: 'count', limit: 1 }
    const { rows, nextCursor } = await world.answer(body)
    assert.deepEqual(rows.map(lineOf), ['v2: 2'])
    const last = await world.answer({ ...body, cursor: nextCursor })
    assert.deepEqual([last.rows.map(lineOf), last.nextCursor], [['v1: 3'], undefined])
  })
})

describe('What cannot be asked is refused', () => {
  test('with the attributes that there are', async (world) => {
    const attributes = /one of the attributes that this server declares: country, device/
    assert.match(await world.refusal({ groupBy: 'zodiac' }), /^groupBy invalid_parameter/)
    assert.match(await world.refusal({ groupBy: 'zodiac' }), attributes)
    assert.match(await world.refusal({ where: { zodiac: 'lion' } }), attributes)
    assert.match(await world.refusal({ groupBy: ['country', 'device'] }), /alone/)
    assert.match(await world.refusal({ groupBy: ['video', 'country'] }), /alone/)
    for (const where of [
      null,
      5,
      'country:DE',
      [],
      { country: 5 },
      { country: [] },
      { country: ['DE', 'DE'] },
    ])
      assert.match(await world.refusal({ where }), /^where invalid_parameter/, JSON.stringify(where))
    const many = Array.from({ length: 21 }, (_, i) => `${i}`)
    assert.match(await world.refusal({ where: { country: many } }), /20 in all/)
    assert.match(await world.refusal({ groupBy: 'country', orderBy: '-video' }), /country, -country/)
  })

  test('where the answer would be too large', async (world) => {
    const minutes = { ...HOURS, granularity: 'PT1M', endTime: time(DAY + 1_000) }
    const refused = await world.refusal({ ...minutes, groupBy: 'country' })
    assert.match(refused, /granularity too_large: \(limit \+ 1\) × periods.* is 101000: at most 50000/)
    assert.equal((await world.lines({ ...minutes, groupBy: 'country', limit: 40 })).length, 0)
  })

  test(
    'to keys that may not read',
    async (world) => {
      await world.views(DAY, ['DE'])
      await world.views(DAY, ['FR', 'FR'], { tenant: 'acme' })
      const body = { ...ASKED, groupBy: 'country' }
      await world.post(401, body)
      await world.post(403, body, { 'x-api-key': 'root' })
      const { rows } = (await world.post(200, body, { 'x-api-key': 'key' })).json()
      assert.deepEqual(rows.map(lineOf), ['FR: 2'])
    },
    keyRing('key=acme', 'root'),
  )

  test('and what needs no archive is answered elsewhere', async (world) => {
    const { type } = (await world.post(421, { ...ASKED, groupBy: 'video', where: {} })).json()
    assert.equal(type, 'urn:tally:problem:misdirected')
  })
})

describe('Of hours whose raw events are purged', () => {
  /** Two of three hours, with three values kept of each. */
  const purged = async (world: QueryWorld) => {
    for (const hour of [0, 60, 120]) {
      await world.views(DAY + hour + 5, ['DE', 'DE', 'FR', 'PT', 'ES', null])
      await world.views(DAY + hour + 6, ['DE'], { videoId: 'v2' })
    }
    await world.run(DAY + 180)
    world.clock.advance(8 * MINUTES_PER_DAY * MINUTE_MS)
    const { archive, rollups, clock } = world
    const holdings = archive.holdings.bind(archive)
    archive.holdings = async () => (await holdings()).filter(({ hour }) => hour < DAY + 120)
    const version = NOW * MINUTE_MS * 2
    assert.equal(await purgeOld({ archive, rollups, clock }, KEEPING, version, Infinity), 2)
    archive.holdings = holdings
  }

  test('there are hours by one attribute, which add up to what was counted', async (world) => {
    await purged(world)
    assert.deepEqual(await world.lines({ ...HOURS, groupBy: 'country', limit: 1 }), [
      'DE: 9 (3 3 3)',
      'other*: 12 (4 4 4)',
    ])
    const { startTime, rows, meta } = await world.answer({
      ...{ startTime: time(DAY + 6), endTime: time(DAY + 61), groupBy: 'country', limit: 1 },
    })
    assert.deepEqual([startTime, rows.map(lineOf)], ['2023-11-14T00:00:00Z', ['DE: 6', 'other*: 8']])
    assert.deepEqual([meta.complete, meta.reconciled], [true, true])
    const inDE = { ...HOURS, where: { country: 'DE' }, groupBy: 'video' }
    assert.deepEqual(await world.lines(inDE), ['v1: 6 (2 2 2)', 'v2: 3 (1 1 1)'])
    const days = { groupBy: 'country', limit: 1, granularity: 'P1D', timeZone: 'Asia/Kolkata' }
    const { rows: byDay, meta: coarse } = await world.answer({ ...days, startTime: time(DAY) })
    assert.equal(byDay[0].values.count, 9)
    assert.equal(coarse.utcHoursBefore, '2023-11-14T02:00:00Z', 'the first day begins before them')
    assert.match(
      await world.refusal({ ...HOURS, groupBy: 'country', granularity: 'PT15M' }),
      /^startTime resolution_expired: .* 2023-11-14T02:00:00Z or later/,
    )
  })

  test('several attributes together are refused, and the first possible start is named', async (world) => {
    await purged(world)
    const both = { groupBy: 'device', where: { country: 'DE' } }
    assert.match(
      await world.refusal({ ...HOURS, ...both }),
      /^startTime resolution_expired: startTime must be 2023-11-14T02:00:00Z or later: .* each attribute alone/,
    )
    const open = await world.answer(both)
    assert.deepEqual([open.startTime, open.rows.length > 0], ['2023-11-14T02:00:00Z', true])
    const last = { startTime: time(DAY + 120), endTime: time(DAY + 180) }
    assert.match(
      await world.refusal({ ...last, ...both, granularity: 'PT1H', compare: 'previous' }),
      /^compare resolution_expired/,
    )
    assert.deepEqual(await world.lines({ ...both, endTime: time(DAY + 30) }), [])
  })

  test('there are channels and sites, their types and videos, by hours that are exact', async (world) => {
    await purged(world)
    await world.inChannel('Pets', ['v2'])
    assert.deepEqual(await world.lines({ ...HOURS, ...SITE }), [': 21 (7 7 7)'])
    assert.deepEqual(await world.lines({ ...HOURS, ...PETS, groupBy: 'type' }), ['view: 3 (1 1 1)'])
    const byVideo = await world.answer({ ...HOURS, ...SITE, groupBy: 'video', limit: 1 })
    assert.deepEqual(byVideo.rows.map(lineOf), ['v1: 18 (6 6 6)', 'other*: 3 (1 1 1)'])
    assert.equal('hidingHours' in byVideo.rows[1], false)
    const { startTime } = await world.answer(SITE)
    assert.equal(startTime, time(DAY).replace('.000', ''), 'the first hour as a whole')
    const inDE = { ...HOURS, ...SITE, where: { country: 'DE' }, groupBy: 'video' }
    assert.deepEqual(await world.lines(inDE), ['v1: 6 (2 2 2)', 'v2: 3 (1 1 1)'])
    assert.match(
      await world.refusal({ ...HOURS, ...SITE, groupBy: 'video', where: { country: 'DE', device: 'tv' } }),
      /^startTime resolution_expired: .* each attribute alone/,
    )
  })

  test('what is compared is what the period before says by itself', async (world) => {
    await purged(world)
    let widened = 0
    for (const about of [SITE, { groupBy: 'country' }, { where: { country: 'DE' } }])
      for (const cut of [{}, { granularity: 'PT1H' }, { granularity: 'P1D', timeZone: 'Asia/Kolkata' }])
        for (const from of [30, 45, 60, 90, 100, 120, 150])
          for (const to of [60, 75, 120, 130, 180].filter((end) => end > from)) {
            const times = { startTime: time(DAY + from), endTime: time(DAY + to) }
            const body = { ...about, ...cut, limit: 1 }
            const { rows } = await world.answer({ ...body, ...times, compare: 'previous' })
            const { startTime, endTime } = rows[0].previous
            if (Date.parse(endTime) !== Date.parse(times.startTime)) widened++
            const before = await world.answer({ ...body, startTime, endTime })
            const sum = (counts: readonly { readonly values: { readonly count: number } }[]) =>
              counts.reduce((all, { values }) => all + values.count, 0)
            const previous = rows.map((row: { readonly previous: object }) => row.previous)
            assert.equal(sum(previous), sum(before.rows), JSON.stringify({ ...body, ...times }))
          }
    assert.ok(widened > 50, String(widened))
  })

  test('a value that may be among the others is refused', async (world) => {
    await purged(world)
    assert.match(await world.refusal({ ...HOURS, where: { country: 'FR' } }), /^startTime resolution_expired/)
    assert.deepEqual(await world.lines({ where: { country: 'FR' } }), [': 1'])
    assert.deepEqual(await world.lines({ ...HOURS, where: { country: 'ES' } }), [': 3 (1 1 1)'])
  })
})

test('nothing is complete until lost counts are there again, nor later what reaches back', async (world) => {
  await world.views(DAY + 5, ['DE'])
  await world.run(DAY + 180)
  const isComplete = async () => (await world.answer({ ...HOURS, groupBy: 'country' })).meta.complete
  await checkLostCounts(world, DAY, isComplete)
})
