import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { AUTOMATED } from '../../../model/automated.ts'
import { MINUTE_MS, MINUTES_PER_DAY } from '../../../model/bucket.ts'
import { DAY } from '../../../testing/archive-fixture.ts'
import { BATCH_SETTINGS, VIEWS } from '../../../testing/batch-world.ts'
import { type BreakdownWorld, COUNT, NOW_MS, inWorld as test } from '../../../testing/breakdown-world.ts'
import { purgeOld } from '../archiving/archive-maintenance.ts'

describe('Of hours whose raw events are purged', () => {
  const DAYS = MINUTES_PER_DAY * MINUTE_MS
  /** Three hours with events of five countries, old enough to be purged. */
  const counted = async (world: BreakdownWorld) => {
    for (const hour of [0, 60, 120]) {
      await world.views(DAY + hour + 5, ['DE', 'DE', 'FR', 'PT', 'ES', null])
      for (const minute of [5, 6, 7, 8, 9, 10]) await world.streamed(DAY + hour + minute, 1)
    }
    await world.run(DAY + 180)
    world.clock.advance(8 * DAYS)
  }
  /** All but the last hour. */
  const purge = async (world: BreakdownWorld, settings: Partial<typeof BATCH_SETTINGS> = {}) => {
    const { archive, rollups, clock } = world
    const holdings = archive.holdings.bind(archive)
    archive.holdings = async () => (await holdings()).filter(({ hour }) => hour < DAY + 120)
    assert.equal(
      await purgeOld({ archive, rollups, clock }, { ...BATCH_SETTINGS, ...settings }, NOW_MS * 2, Infinity),
      2,
    )
    archive.holdings = holdings
  }
  const purged = async (world: BreakdownWorld, settings: Partial<typeof BATCH_SETTINGS> = {}) => {
    await counted(world)
    await purge(world, settings)
  }
  const from = (minute: number) => `startTime=${minute * MINUTE_MS}`
  const to = (minute: number) => `endTime=${minute * MINUTE_MS}`

  test('the most counted values are kept, and the others as a whole', async (world) => {
    await purged(world)
    const { total, rows, startTime } = (await world.get(200, COUNT)).json()
    assert.deepEqual([total, startTime], [18, '2023-11-14T00:00:00Z'])
    const lines = rows.map(
      (row: Record<string, unknown>) => `${row.country}${row.isOther ? '*' : ''}: ${row.value}`,
    )
    assert.deepEqual(
      lines,
      ['DE: 6', ': 3', 'ES: 3', 'FR: 1', 'PT: 1', 'other*: 4'],
      'three of each hour are kept',
    )
    assert.equal(rows.at(-1).hidingHours, 2, 'in which others hide some of the values above')
    const ofRaw = (await world.get(200, `${COUNT}&${from(DAY + 120)}&limit=1`)).json().rows.at(-1)
    assert.deepEqual([ofRaw.isOther, ofRaw.hidingHours], [true, undefined])
    const one = (await world.get(200, `${COUNT}&${from(DAY + 60)}&limit=1`)).json().rows.at(-1)
    assert.equal(one.hidingHours, 1)
    const headers = { accept: 'text/csv' }
    const url = `/v1/videos/v1/breakdown?${COUNT}`
    const table = (await world.app.inject({ url, headers })).body.split('\r\n')
    assert.match(table[0]!, /,country,isOther,hidingHours,value,/)
    assert.match(table[1]!, /,DE,false,0,6,/)
    assert.match(table.at(-2)!, /,other,true,2,4,/)
    const question = { videoIds: ['v1'], eventTypes: ['view'], functions: ['count'], groupBy: ['country'] }
    const asked = { ...question, startTime: DAY * MINUTE_MS, endTime: (DAY + 180) * MINUTE_MS, limit: 2 }
    const answer = await world.app.inject({ method: 'POST', url: '/v1/query', payload: asked })
    assert.equal(answer.json().rows.at(-1).hidingHours, 2, answer.body)
    const csv = (
      await world.app.inject({ method: 'POST', url: '/v1/query', payload: asked, headers })
    ).body.split('\r\n')
    assert.match(csv[0]!, /^country,isOther,hidingHours,startTime,/)
    assert.match(csv[1]!, /^DE,false,0,/)
    assert.match(csv.at(-2)!, /^other,true,2,/)
  })

  test('a range is widened to whole hours, and adds up to what was counted', async (world) => {
    await purged(world)
    const { total, startTime, endTime, meta } = (
      await world.get(200, `${COUNT}&${from(DAY + 8)}&${to(DAY + 61)}`)
    ).json()
    assert.deepEqual([total, startTime, endTime], [12, '2023-11-14T00:00:00Z', '2023-11-14T02:00:00Z'])
    assert.deepEqual([meta.complete, meta.reconciled], [true, true])
    const sum = (await world.get(200, `by=country&eventType=view&function=sum&${to(DAY + 126)}`)).json()
    assert.deepEqual([sum.total, sum.endTime], [13, '2023-11-14T02:06:00Z'])
  })

  test('what nobody declared is gone, and the first possible start is named', async (world) => {
    await purged(world, { dimensions: ['device'] })
    const { errors } = (await world.get(400, `${COUNT}&${from(DAY + 119)}`)).json()
    assert.deepEqual([errors[0].parameter, errors[0].code], ['startTime', 'resolution_expired'])
    assert.match(errors[0].detail, /must be 2023-11-14T02:00:00Z or later/)
    assert.equal((await world.get(200, `${COUNT}&${from(DAY + 120)}`)).json().total, 6)
    const open = (await world.get(200, COUNT)).json()
    assert.deepEqual([open.startTime, open.total], ['2023-11-14T02:00:00Z', 6])
    const before = (await world.get(200, `${COUNT}&${to(DAY + 30)}`)).json()
    assert.deepEqual([before.startTime, before.total], [before.endTime, 0])
    const earlier = `${from(DAY - 600)}&${to(DAY - 60)}`
    assert.equal((await world.get(200, `${COUNT}&${earlier}`)).json().total, 0, 'nothing was counted there')
  })

  test('one attribute is known, and not how several go together', async (world) => {
    await purged(world)
    assert.deepEqual(await world.lines(`${COUNT}&where=country:DE`), ['DE: 6'])
    const both = `by=device&eventType=view&function=count&where=country:DE`
    const { errors } = (await world.get(400, `${both}&${from(DAY + 119)}`)).json()
    assert.deepEqual([errors[0].parameter, errors[0].code], ['startTime', 'resolution_expired'])
    assert.match(errors[0].detail, /must be 2023-11-14T02:00:00Z or later: .* each attribute alone/)
    const open = (await world.get(200, both)).json()
    assert.deepEqual([open.startTime, open.total], ['2023-11-14T02:00:00Z', 2])
  })

  test('a value that may be among the others is refused', async (world) => {
    await purged(world)
    assert.deepEqual(await world.lines(`${COUNT}&where=country:ES&${from(DAY)}`), ['ES: 3'])
    const { errors } = (await world.get(400, `${COUNT}&where=country:FR&${from(DAY)}`)).json()
    assert.match(errors[0].detail, /must be 2023-11-14T02:00:00Z or later: .* most counted/)
    assert.deepEqual(await world.lines(`${COUNT}&where=country:FR`), ['FR: 1'])
  })

  test('a channel and the site have what is kept of all their videos', async (world) => {
    for (const hour of [0, 60, 120]) {
      await world.others(DAY + hour + 20, [{ videoId: 'v2', country: 'DE' }])
      await world.streamed(DAY + hour + 20, 1, { ...VIEWS, videoId: 'v2' })
    }
    await world.channel('Pets', ['v1', 'v2'])
    await purged(world)
    const range = `${from(DAY + 8)}&${to(DAY + 61)}`
    for (const subject of ['site', 'channels/Pets']) {
      const { total, startTime, meta } = (await world.get(200, `${COUNT}&${range}`, {}, subject)).json()
      assert.deepEqual([total, startTime, meta.complete], [14, '2023-11-14T00:00:00Z', true])
      assert.deepEqual(await world.lines(`${COUNT}&where=country:DE`, subject), ['DE: 9'])
    }
    const stats = `eventType=view&function=count&${from(DAY)}&${to(DAY + 120)}`
    assert.equal((await world.app.inject(`/v1/site/stats?${stats}`)).json().value, 14)
    await world.ask(202, 'DELETE', 'videos/v1')
    assert.deepEqual(await world.lines(COUNT, 'site'), ['DE: 3'], 'at once')
  })

  test('every video is known, also of one value alone', async (world) => {
    await world.others(DAY + 20, [{ videoId: 'v2', country: 'DE' }])
    await world.streamed(DAY + 20, 1, { ...VIEWS, videoId: 'v2' })
    await purged(world, { dimensions: ['country', AUTOMATED] })
    const lines = async (query: string) => {
      const asked = `by=videoId&eventType=view&function=count&${to(DAY + 120)}${query}`
      const { rows } = (await world.get(200, asked, {}, 'site')).json()
      return rows.map(({ videoId, value }: Record<string, unknown>) => `${videoId}: ${value}`)
    }
    assert.deepEqual(await lines(''), ['v1: 12', 'v2: 1'])
    assert.deepEqual(await lines('&where=country:DE'), ['v1: 4', 'v2: 1'])
    assert.deepEqual(await lines('&where=country:DE&where=device:tv'), [], 'not of both together')
  })

  test('nothing is kept longer than hours are', async (world) => {
    await purged(world)
    await world.archive.dropDimensions(DAY + MINUTES_PER_DAY)
    await world.get(400, `${COUNT}&${from(DAY)}`)
  })

  test('nothing is rolled up that would not be kept', async (world) => {
    await purged(world, { hoursKeptMs: MINUTE_MS })
    assert.deepEqual(await world.archive.rolledUpHours('country', 0, DAY + 180), [])
  })

  test('a video that is removed goes from them too', async (world) => {
    await purged(world)
    await world.ask(202, 'DELETE', 'videos/v1')
    assert.equal((await world.get(200, COUNT)).json().total, 0)
    await world.layer.privacy.carryOut(0)
    const question = {
      ...BATCH_SETTINGS,
      from: DAY,
      to: DAY + 120,
      by: 'country',
      orderBy: 'count' as const,
      rowsMax: 9,
    }
    const rolledUpHours = [DAY, DAY + 60]
    const ofViews = { tenant: '', videoIds: [VIEWS.videoId], types: [VIEWS.type] }
    const { signal } = new AbortController()
    const { rows } = await world.archive.breakdown({ ...question, scope: ofViews, rolledUpHours }, signal)
    assert.deepEqual(rows, [])
  })

  test('an answer holds all where they are purged while it is counted', async (world) => {
    const { archive } = world
    const answer = archive.breakdown.bind(archive)
    let asked = 0
    archive.breakdown = async (...question) => {
      if (++asked === 1) await purge(world)
      return answer(...question)
    }
    await counted(world)
    const { total, meta } = (await world.get(200, `${COUNT}&${to(DAY + 180)}`)).json()
    assert.deepEqual([total, meta.complete, asked], [18, true, 2])
  })
})
