import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Keys, NO_KEYS } from '../../lib/http/key-ring.ts'
import { MINUTE_MS, MINUTES_PER_DAY } from '../../model/bucket.ts'
import { AdminWorld } from '../../testing/admin-fixture.ts'
import { atMinute, batchOf, DAY } from '../../testing/archive-fixture.ts'
import { BATCH_SETTINGS, until, VIEWS } from '../../testing/batch-world.ts'
import { keyRing } from '../../testing/key-ring.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { purgeOld } from './archive-maintenance.ts'
import { ASKED_AT_ONCE_MAX, BREAKDOWN_MS_MAX } from './breakdowns.ts'

const NOW_MS = (DAY + MINUTES_PER_DAY) * MINUTE_MS
const COUNT = 'by=country&eventType=view&function=count'
const FIRST_HOUR = `startTime=${DAY * MINUTE_MS}&endTime=${(DAY + 60) * MINUTE_MS}`

class World extends AdminWorld {
  #stored = 0

  /** Events of v1, one of each country, a minute after the other; in thousandths, 1000 each. */
  async views(
    minute: number,
    countries: readonly (string | null)[],
    origin: 'events' | 'events-late' = 'events',
  ) {
    const events = countries.map((country, i) => {
      const offset = this.#stored++
      const attributes = country === null ? null : JSON.stringify({ country })
      return atMinute(minute + i, { id: `e${offset}`, offset, valueThousandths: 1_000, attributes })
    })
    await this.archive.store(batchOf('0badcafe-0', origin, events))
  }

  async get(status: number, query: string, headers: Readonly<Record<string, string>> = {}) {
    const answer = await this.app.inject({ url: `/v1/videos/v1/breakdown?${query}`, headers })
    assert.equal(answer.statusCode, status, answer.body)
    return answer
  }

  async lines(query: string): Promise<string[]> {
    const { rows } = (await this.get(200, query)).json()
    return rows.map((row: Record<string, unknown>) => `${row.country}${row.isOther ? '*' : ''}: ${row.value}`)
  }
}

function test(name: string, run: (world: World) => Promise<void>, keys: Keys = NO_KEYS): void {
  it(name, async () => {
    await using directory = await temporaryDirectory()
    const world = new World(NOW_MS, directory.path, keys)
    await run(world).finally(() => world.app.close())
  })
}

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

describe('Of hours whose raw events are purged', () => {
  const DAYS = MINUTES_PER_DAY * MINUTE_MS
  /** Three hours with events of five countries, old enough to be purged. */
  const counted = async (world: World) => {
    for (const hour of [0, 60, 120]) {
      await world.views(DAY + hour + 5, ['DE', 'DE', 'FR', 'PT', 'ES', null])
      for (const minute of [5, 6, 7, 8, 9, 10]) await world.streamed(DAY + hour + minute, 1)
    }
    await world.run(DAY + 180)
    world.clock.advance(8 * DAYS)
  }
  /** All but the last hour. */
  const purge = async (world: World, settings: Partial<typeof BATCH_SETTINGS> = {}) => {
    const { archive, rollups, clock } = world
    const holdings = archive.holdings.bind(archive)
    archive.holdings = async () => (await holdings()).filter(({ hour }) => hour < DAY + 120)
    assert.equal(
      await purgeOld({ archive, rollups, clock }, { ...BATCH_SETTINGS, ...settings }, NOW_MS * 2),
      2,
    )
    archive.holdings = holdings
  }
  const purged = async (world: World, settings: Partial<typeof BATCH_SETTINGS> = {}) => {
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
