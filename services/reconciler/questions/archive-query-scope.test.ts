import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { QueryRate } from '../../../lib/http/query-rate.ts'
import { buildServer } from '../../../lib/http/server.ts'
import { DAY } from '../../../testing/archive-fixture.ts'
import { keyRing } from '../../../testing/key-ring.ts'
import {
  ASKED,
  HOURS,
  lineOf,
  PETS,
  SITE,
  some,
  inQueryWorld as test,
  time,
} from '../../../testing/query-world.ts'
import { registerArchiveQuery } from './archive-query-route.ts'
import { registerBreakdown } from './breakdown-route.ts'

describe('Of a channel and of the whole site', () => {
  test('there is one row, with a series where one is asked for', async (world) => {
    await some(world)
    await world.inChannel('Pets', ['v1', 'v3'])
    assert.deepEqual(await world.lines(SITE), [': 12'])
    assert.deepEqual(await world.lines(PETS), [': 10'])
    assert.deepEqual(await world.lines({ ...HOURS, ...SITE }), [': 12 (5 2 5)'])
    assert.deepEqual(await world.lines({ ...HOURS, ...PETS, where: { country: ['DE', 'XX'] } }), [
      ': 4 (3 1 0)',
    ])
    assert.deepEqual(await world.lines({ ...PETS, channelId: 'None' }), [': 0'])
    const { startTime, endTime } = await world.answer(SITE)
    assert.deepEqual([startTime, endTime], ['2023-11-14T00:05:00Z', '2023-11-15T00:00:00Z'])
    const last = await world.answer({ ...PETS, where: { country: 'ES' } })
    assert.equal(last.startTime, '2023-11-14T02:05:00Z', 'it begins with the first such event')
    const none = await world.answer({ ...SITE, eventTypes: 'share', granularity: 'PT1H' })
    assert.deepEqual([none.startTime, none.rows.map(lineOf)], ['2023-11-15T00:00:00Z', [': 0 ()']])
  })

  test('there are rows by type, in pages', async (world) => {
    await some(world)
    const types = { ...SITE, eventTypes: ['share', 'like', 'view'], groupBy: 'type' }
    assert.deepEqual(await world.lines(types), ['share: 0', 'like: 1', 'view: 12'])
    assert.deepEqual(await world.lines({ ...types, groupBy: undefined }), [': 13'])
    const body = { ...types, orderBy: '-count', limit: 2 }
    const { rows, nextCursor } = await world.answer(body)
    assert.deepEqual(rows.map(lineOf), ['view: 12', 'like: 1'])
    assert.deepEqual(await world.lines({ ...body, cursor: nextCursor }), ['share: 0'])
  })

  test('there are rows of the most counted videos, and one of the rest', async (world) => {
    await some(world)
    assert.deepEqual(await world.lines({ ...SITE, groupBy: 'video' }), ['v1: 9', 'v2: 2', 'v3: 1'])
    assert.deepEqual(await world.lines({ ...HOURS, ...SITE, groupBy: ['video'], limit: 1 }), [
      'v1: 9 (4 2 3)',
      'other*: 3 (1 0 2)',
    ])
    const rows = (orderBy: string) => world.lines({ ...SITE, groupBy: 'video', orderBy, limit: 2 })
    assert.deepEqual(await rows('count'), ['v3: 1', 'v2: 2', 'other*: 9'])
    assert.deepEqual(await rows('-video'), ['v3: 1', 'v2: 2', 'other*: 9'])
    assert.deepEqual(await rows('video'), ['v1: 9', 'v2: 2', 'other*: 1'])
    const third = { startTime: time(DAY + 120), endTime: time(DAY + 180), compare: 'previous' }
    assert.deepEqual(await world.lines({ ...SITE, ...third, groupBy: 'video' }), [
      'v1: 3 after 2',
      'v2: 2 after 0',
    ])
    const likes = { ...SITE, eventTypes: ['view', 'like'], groupBy: 'video', where: { country: 'XX' } }
    assert.deepEqual(await world.lines(likes), ['v1: 1', 'v3: 1'])
    await world.inChannel('Pets', ['v2', 'v3'])
    assert.deepEqual(await world.lines({ ...PETS, groupBy: 'video' }), ['v2: 2', 'v3: 1'])
  })

  test('rows by an attribute or by video add up to the total, and are those of a breakdown', async (world) => {
    await some(world)
    await world.inChannel('Pets', ['v1', 'v3'])
    for (const [body, path] of [
      [SITE, 'site'],
      [PETS, 'channels/Pets'],
    ] as const) {
      const query = 'eventType=view&function=count'
      const { value } = await world.get(`${path}/stats?${query}&where=country:DE&where=country:FR`)
      assert.deepEqual(await world.lines({ ...body, where: { country: ['DE', 'FR'] } }), [`: ${value}`])
      for (const [groupBy, by] of [
        ['country', 'country'],
        ['video', 'videoId'],
      ]) {
        const { rows, total } = await world.get(`${path}/breakdown?${query}&by=${by}&limit=2`)
        const lines = rows.map(
          (row: Record<string, unknown>) => `${row[by!]}${row.isOther ? '*' : ''}: ${row.value}`,
        )
        assert.deepEqual(await world.lines({ ...body, groupBy, limit: 2 }), lines)
        assert.deepEqual(await world.lines(body), [`: ${total}`])
      }
    }
  })

  test('a table says which row is of the rest', async (world) => {
    await some(world)
    const lines = async (body: object) =>
      (await world.post(200, { ...ASKED, ...body }, { accept: 'text/csv' })).body.split('\r\n')
    const ranked = await lines({ ...SITE, groupBy: 'video', limit: 1 })
    assert.match(ranked[0]!, /^videoId,isOther,startTime,/)
    assert.match(ranked[2]!, /^other,true,/)
    assert.match((await lines({ ...SITE, groupBy: 'type' }))[0]!, /^eventType,startTime,/)
    assert.match((await lines(SITE))[0]!, /^startTime,/)
  })

  test('a table has its columns, also where there are no rows', async (world) => {
    const body = { ...ASKED, ...SITE, groupBy: 'video', functions: ['sum'], compare: 'previous' }
    const { body: csv } = await world.post(200, body, { accept: 'text/csv' })
    assert.match(csv, /^videoId,isOther,period,startTime,endTime,sum,asOf,[^\n]*\r\n$/)
  })

  test('one that asks for more than its rate is answered, and others wait', async (world) => {
    await some(world)
    await world.inChannel('Pets', ['v1'])
    const app = buildServer({ bodyBytesMax: 1 << 20 })
    const rate = new QueryRate({ costPerSecondMax: 10_000 }, world.clock)
    registerArchiveQuery(app, { ...world.fromArchive, rate })
    registerBreakdown(app, { ...world.breakdown, rate })
    const query = { eventTypes: 'view', channelId: 'Pets' }
    const breakdown = '/v1/channels/Pets/breakdown?by=country&eventType=view&function=count'
    for (const ask of [
      () => app.inject({ method: 'POST', url: '/v1/query', payload: query }),
      () => app.inject(breakdown),
    ]) {
      world.clock.advance(60_000)
      assert.deepEqual([(await ask()).statusCode, (await ask()).statusCode], [200, 429])
    }
    await app.close()
  })

  test('a range without end, or series without number, take few reads', async (world) => {
    await some(world)
    await world.inChannel(
      'Pets',
      Array.from({ length: 150 }, (_, i) => `v${i}`),
    )
    await world.run(DAY + 180)
    let reads = 0
    const { rollups, counts } = world
    const [readHours, firstMinute] = [rollups.readHours.bind(rollups), counts.firstMinute.bind(counts)]
    rollups.readHours = (...range) => {
      reads++
      return readHours(...range)
    }
    counts.firstMinute = (series) => {
      reads++
      return firstMinute(series)
    }
    await world.answer({ ...SITE, endTime: '9999-12-30T00:00:00Z' })
    await world.get('site/breakdown?by=country&eventType=view&function=count&endTime=9999-12-30T00:00:00Z')
    const eventTypes = Array.from('abcdefghij')
    await world.answer({ ...PETS, eventTypes })
    assert.ok(reads < 50, String(reads))
  })

  test('what is not of one of them is refused', async (world) => {
    const names = async (body: object) => (await world.refusal(body)).replace(/: .*/, '')
    assert.equal(await names({ site: true }), 'site invalid_parameter')
    assert.equal(await names({ channelId: 'Pets' }), 'channelId invalid_parameter')
    assert.equal(await names({ ...PETS, site: true }), 'site invalid_parameter')
    for (const site of [false, 'true', 1, null])
      assert.equal(await names({ ...SITE, site }), 'site invalid_parameter', String(site))
    for (const channelId of ['', 7, null, ['Pets'], 'x'.repeat(201)])
      assert.equal(await names({ ...PETS, channelId }), 'channelId invalid_parameter', String(channelId))
    assert.match(await world.refusal({ where: { country: 'DE' }, videoIds: undefined }), /channelId or site/)
    for (const groupBy of ['channel', ['video', 'type'], ['type', 'channel']])
      assert.match(await world.refusal({ ...SITE, groupBy }), /^groupBy .* alone, where site is given/)
    const { nextCursor } = await world.answer({
      ...SITE,
      eventTypes: ['view', 'like'],
      groupBy: 'type',
      limit: 1,
    })
    assert.match(await world.refusal({ ...SITE, groupBy: 'video', cursor: nextCursor }), /^cursor invalid/)
    const minutes = { ...HOURS, granularity: 'PT1M', endTime: time(DAY + 1_000) }
    assert.match(await world.refusal({ ...SITE, ...minutes, groupBy: 'video' }), /is 101000: at most 50000/)
  })

  test(
    'a key sees its own tenant',
    async (world) => {
      await world.views(DAY, ['DE'])
      await world.views(DAY, ['FR', 'FR'], { tenant: 'acme' })
      await world.inChannel('Pets', ['v1'])
      const ask = async (body: object) =>
        (await world.post(200, { ...ASKED, ...body }, { 'x-api-key': 'key' })).json().rows.map(lineOf)
      await world.post(401, { ...ASKED, ...SITE })
      assert.deepEqual(await ask({ ...SITE, groupBy: 'country' }), ['FR: 2'])
      assert.deepEqual(await ask(PETS), [': 0'], 'the channel of another tenant')
    },
    keyRing('key=acme', 'root'),
  )

  test('a video that is removed is in no row', async (world) => {
    await some(world)
    await world.inChannel('Pets', ['v1', 'v2'])
    await world.run(DAY + 180)
    await world.ask(202, 'DELETE', 'videos/v1')
    assert.deepEqual(await world.lines({ ...SITE, groupBy: 'video' }), ['v2: 2', 'v3: 1'])
    assert.deepEqual(await world.lines(PETS), [': 2'])
  })
})
