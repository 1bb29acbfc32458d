// Breakdowns of channels and of the whole site, and of events that have some values of attributes.
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { digestOf } from '../../../lib/http/keys/known-key.ts'
import { PROBE_SERIES } from '../../../model/probe.ts'
import { DAY } from '../../../testing/archive-fixture.ts'
import { type BreakdownWorld, COUNT, FIRST_HOUR, inWorld as test } from '../../../testing/breakdown-world.ts'
import { keyRing } from '../../../testing/key-ring.ts'
import { CHANNEL_VIDEOS_MAX } from '../../query/question/vocabulary.ts'

describe('Of a channel and of the whole site', () => {
  const stored = async (world: BreakdownWorld) => {
    await world.views(DAY, ['DE', 'FR', 'DE'])
    await world.others(DAY + 60, [
      { videoId: 'v2', country: 'PT' },
      { videoId: 'v2', country: 'DE' },
      { videoId: 'v3', country: 'ES' },
      { videoId: 'v3', country: 'ES', type: 'like' },
      { videoId: 'v2', country: 'IT', tenant: 'acme' },
      { ...PROBE_SERIES, type: 'view', country: 'XX' },
    ])
    await world.others(DAY + 61, [{ ...PROBE_SERIES, country: 'XX' }])
    await world.channel('Pets', ['v1', 'v2'])
  }

  test('an answer adds up all videos', async (world) => {
    await stored(world)
    const { meta: _, ...answer } = (await world.get(200, COUNT, {}, 'channels/Pets')).json()
    assert.deepEqual(answer, {
      ...{ channelId: 'Pets', eventType: 'view', function: 'count', by: 'country' },
      dimensions: ['country', 'device'],
      ...{ startTime: '2023-11-14T00:00:00Z', endTime: '2023-11-15T00:00:00Z', total: 5 },
      rows: [
        { country: 'DE', value: 3 },
        { country: 'FR', value: 1 },
        { country: 'PT', value: 1 },
      ],
    })
    assert.deepEqual(await world.lines(`${COUNT}&limit=1`, 'site'), ['DE: 3', 'other*: 4'])
    const site = (await world.get(200, COUNT, {}, 'site')).json()
    assert.deepEqual([site.videoId, site.channelId, site.total], [undefined, undefined, 7])
    assert.deepEqual(await world.lines(COUNT, 'channels/Nobody'), [])
    const stats = `eventType=view&function=count&${FIRST_HOUR}`
    const { value } = (await world.app.inject(`/v1/site/stats?${stats}`)).json()
    assert.equal((await world.get(200, `${COUNT}&${FIRST_HOUR}`, {}, 'site')).json().total, value)
  })

  const BY_VIDEO = COUNT.replace('by=country', 'by=videoId')
  const rowsBy = async (world: BreakdownWorld, subject: string, query = BY_VIDEO) =>
    (await world.get(200, query, {}, subject)).json().rows

  test('an answer can be by video, with titles', async (world) => {
    await stored(world)
    const video = (videoId: string) => ({
      ...{ title: videoId, channel: 'Pets', durationSeconds: null, published: null },
    })
    const named = [
      { videoId: 'v1', value: 3, video: video('v1') },
      { videoId: 'v2', value: 2, video: video('v2') },
    ]
    assert.deepEqual(await rowsBy(world, 'channels/Pets'), named)
    const site = await rowsBy(world, 'site')
    assert.deepEqual(site.slice(0, 2), named)
    assert.deepEqual(site.at(-1), { videoId: 'v3', value: 1 }, 'nobody gave it a title')
    const [first, rest] = await rowsBy(world, 'site', `${BY_VIDEO}&limit=1`)
    assert.deepEqual([first, rest], [named[0], { videoId: 'other', value: 4, isOther: true }])
    const ofGermany = await rowsBy(world, 'site', `${BY_VIDEO}&where=country:DE`)
    assert.deepEqual(
      ofGermany.map(({ videoId, value }: { videoId: string; value: number }) => [videoId, value]),
      [
        ['v1', 2],
        ['v2', 1],
      ],
    )
    const table = await world.get(200, BY_VIDEO, { accept: 'text/csv' }, 'site')
    assert.match(table.body, /,videoId,isOther,value,.*\r\n.*,v1,false,3,/)
    const { errors } = (await world.get(400, BY_VIDEO)).json()
    assert.equal(errors[0].parameter, 'by', 'of one video there is nothing to tell apart')
    await world.get(400, `${BY_VIDEO}&where=videoId:v1`, {}, 'site')
  })

  const keys = keyRing('key=acme')
  test(
    'a share link of a channel does not tell its videos',
    async (world) => {
      await world.channel('Pets', ['v1'], 'acme')
      const link = { tenant: 'acme', shows: { channelId: 'Pets' }, expiresMs: Number.MAX_SAFE_INTEGER }
      const byLink = { authorization: `Bearer ${keys.links.sign(link, digestOf('key'))}` }
      await world.get(200, COUNT, byLink, 'channels/Pets')
      const { errors } = (await world.get(400, BY_VIDEO, byLink, 'channels/Pets')).json()
      assert.equal(errors[0].parameter, 'by')
      await world.get(200, BY_VIDEO, { 'x-api-key': 'key' }, 'channels/Pets')
    },
    keys,
  )

  test('an answer can be a table', async (world) => {
    await stored(world)
    const head = async (subject: string) =>
      (await world.get(200, COUNT, { accept: 'text/csv' }, subject)).body.split('\r\n')[0]
    const rest = 'eventType,function,startTime,endTime,country,isOther,value,asOf,complete,reconciled,stale'
    assert.equal(await head('site'), rest)
    assert.equal(await head('channels/Pets'), `channelId,${rest}`)
  })

  test('an unknown name, or too many videos, is refused', async (world) => {
    await world.channel(
      'Many',
      Array.from({ length: CHANNEL_VIDEOS_MAX + 1 }, (_, i) => `v${i}`),
    )
    const many = (await world.get(400, COUNT, {}, 'channels/Many')).json()
    assert.deepEqual([many.errors[0].parameter, many.errors[0].code], ['channelId', 'too_large'])
    const { errors } = (await world.get(400, `${COUNT}&limit=0`, {}, 'channels/%00')).json()
    assert.deepEqual(
      errors.map(({ parameter }: { parameter: string }) => parameter),
      ['channelId', 'limit'],
    )
  })

  test('a removed video leaves it', async (world) => {
    await stored(world)
    await world.ask(202, 'DELETE', 'videos/v1')
    assert.deepEqual(await world.lines(COUNT, 'site'), ['DE: 1', 'ES: 1', 'PT: 1', 'XX: 1'])
    assert.deepEqual(await world.lines(COUNT, 'channels/Pets'), ['DE: 1', 'PT: 1'])
  })

  test('an answer begins where totals of the site are known from', async (world) => {
    await stored(world)
    await world.rollups.writeReconciled({
      ...{ version: 1, toMinute: DAY + 180, exceptHours: [], sitesFrom: DAY + 60 },
    })
    const open = (await world.get(200, COUNT, {}, 'site')).json()
    assert.deepEqual([open.startTime, open.total], ['2023-11-14T01:00:00Z', 4])
    const { errors } = (await world.get(400, `${COUNT}&${FIRST_HOUR}`, {}, 'site')).json()
    assert.match(errors[0].detail, /must be 2023-11-14T01:00:00Z or later/)
    await world.get(200, `${COUNT}&${FIRST_HOUR}`)
  })

  test(
    'each tenant sees its own',
    async (world) => {
      await stored(world)
      const key = { 'x-api-key': 'key' }
      for (const subject of ['site', 'channels/Pets']) {
        await world.get(401, COUNT, {}, subject)
        await world.get(403, COUNT, { 'x-api-key': 'root' }, subject)
      }
      const { total, rows } = (await world.get(200, COUNT, key, 'site')).json()
      assert.deepEqual([total, rows], [1, [{ country: 'IT', value: 1 }]])
      assert.equal((await world.get(200, COUNT, key, 'channels/Pets')).json().total, 0)
      await world.channel('Pets', ['v1', 'v2'], 'acme')
      assert.equal((await world.get(200, COUNT, key, 'channels/Pets')).json().total, 1)
    },
    keyRing('key=acme', 'root'),
  )
})

describe('With filters', () => {
  test('only events that have one of the values of each attribute count', async (world) => {
    await world.views(DAY, ['DE', 'FR', null, 'a:b'])
    await world.others(DAY + 9, [{ country: 'DE' }, { country: 'FR' }, { videoId: 'v2', country: 'DE' }])
    const where = (...filters: readonly string[]) =>
      `${COUNT}${filters.map((filter) => `&where=${encodeURIComponent(filter)}`).join('')}`
    assert.deepEqual(await world.lines(where('country:DE')), ['DE: 2'])
    assert.deepEqual(await world.lines(where('country:DE', 'country:FR')), ['DE: 2', 'FR: 2'])
    assert.deepEqual(await world.lines(where('device:tv')), ['DE: 1', 'FR: 1'])
    assert.deepEqual(await world.lines(where('device:tv', 'country:DE')), ['DE: 1'])
    assert.deepEqual(await world.lines(where('device:tv', 'country:DE'), 'site'), ['DE: 2'])
    assert.deepEqual(await world.lines(where('device:', 'country:')), [': 1'])
    assert.deepEqual(await world.lines(where('country:a:b')), ['a:b: 1'])
    assert.deepEqual(await world.lines(where("country:' OR 1=1 --")), [])
  })

  test('what cannot be is refused', async (world) => {
    const refused = async (where: string) => {
      const { errors } = (await world.get(400, `${COUNT}&where=${where}`)).json()
      assert.deepEqual(
        [errors.length, errors[0].parameter, errors[0].code],
        [1, 'where', 'invalid_parameter'],
      )
      return errors[0].detail
    }
    assert.match(
      await refused('zodiac:lion'),
      /one of the attributes that this server declares: country, device/,
    )
    for (const where of ['country', '', ':DE', 'country:%00', `country:${'x'.repeat(257)}`])
      await refused(where)
    await refused(Array.from({ length: 21 }, (_, i) => `country:${i}`).join('&where='))
  })
})
