import assert from 'node:assert/strict'
import { it } from 'node:test'
import { type Keys, NO_KEYS } from '../../../lib/http/keys/key-ring.ts'
import { MINUTE_MS, MINUTES_PER_DAY, type Series } from '../../../model/bucket.ts'
import { PROBE_SERIES } from '../../../model/probe.ts'
import { AdminWorld } from '../../../testing/admin-fixture.ts'
import { atMinute, batchOf, DAY } from '../../../testing/archive-fixture.ts'
import { VIEWS } from '../../../testing/batch-world.ts'
import { keyRing } from '../../../testing/key-ring.ts'
import { checkLostCounts } from '../../../testing/lost-counts.ts'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'

const NOW = DAY + MINUTES_PER_DAY
const OTHER: Series = { ...VIEWS, videoId: 'v2' }

class World extends AdminWorld {
  #stored = 0

  /** Events that the stream has counted, worth one each. */
  async counted(minute: number, count: number, series: Series = VIEWS): Promise<void> {
    await this.#store(minute, count, series, 'events')
    await this.streamed(minute, count, series)
  }

  async late(minute: number, count: number, series: Series = VIEWS): Promise<void> {
    await this.#store(minute, count, series, 'events-late')
  }

  async get(status: number, query: string, headers: Readonly<Record<string, string>> = {}) {
    const answer = await this.app.inject({ url: `/v1/site/stats?${query}`, headers })
    assert.equal(answer.statusCode, status, answer.body)
    return answer
  }

  async answer(query: string) {
    return (await this.get(200, query)).json()
  }

  async #store(minute: number, count: number, series: Series, origin: 'events' | 'events-late') {
    const logTimeMs = origin === 'events' ? minute * MINUTE_MS : (minute + 60) * MINUTE_MS
    const events = Array.from({ length: count }, () => {
      const offset = this.#stored++
      return atMinute(minute, { ...series, id: `e${offset}`, offset, logTimeMs, valueThousandths: 1_000 })
    })
    await this.archive.store(batchOf('0badcafe-0', origin, events))
  }
}

function test(name: string, run: (world: World) => Promise<void>, keys: Keys = NO_KEYS): void {
  it(name, async () => {
    await using directory = await temporaryDirectory()
    const world = new World(NOW * MINUTE_MS, directory.path, keys)
    await run(world).finally(() => world.app.close())
  })
}

const range = (from: number, to: number) => `startTime=${from * MINUTE_MS}&endTime=${to * MINUTE_MS}`
const COUNT = 'eventType=view&function=count'
const ALL = `${COUNT}&${range(DAY, NOW)}`

test('a site counts all its videos, in closed hours and in open ones', async (world) => {
  await world.counted(DAY + 5, 3)
  await world.counted(DAY + 5, 4, OTHER)
  await world.counted(DAY + 65, 10, OTHER)
  await world.counted(DAY + 200, 5)
  await world.counted(DAY + 5, 9, { ...VIEWS, type: 'like' })
  await world.counted(DAY + 5, 1, { tenant: '', ...PROBE_SERIES })
  assert.equal((await world.answer(ALL)).value, 22, 'before anything is recounted')
  await world.run(DAY + 180)
  const { meta, ...answer } = await world.answer(ALL)
  assert.deepEqual(answer, {
    ...{ eventType: 'view', function: 'count' },
    ...{ startTime: '2023-11-14T00:00:00Z', endTime: '2023-11-15T00:00:00Z', value: 22 },
  })
  assert.deepEqual([meta.complete, meta.reconciled, meta.stale], [false, false, false], 'it ends now')
  const closed = await world.answer(`${COUNT}&${range(DAY, DAY + 180)}`)
  assert.deepEqual([closed.value, closed.meta.complete, closed.meta.reconciled], [17, true, true])
  assert.equal((await world.answer(`eventType=view&function=sum&${range(DAY, NOW)}`)).value, 22)
  assert.equal((await world.answer(`eventType=${PROBE_SERIES.type}&function=count`)).value, 0)
  assert.equal((await world.answer(COUNT)).value, 22, 'from the first event on')
})

test('its series goes from minutes to days, and adds up', async (world) => {
  const now = NOW - 60
  for (const [i, minute] of [DAY + 5, DAY + 700, now - 100, now - 20, now - 19].entries()) {
    await world.counted(minute, 1 + i, i % 2 === 0 ? VIEWS : OTHER)
  }
  await world.run(now - 60)
  const series = async (granularity: string, from: number, zone = 'UTC') => {
    const query = `${COUNT}&${range(from, now)}&granularity=${granularity}&timeZone=${zone}`
    const { value, series } = await world.answer(query)
    const values = series.map((point: { value: number }) => point.value)
    assert.equal(
      value,
      values.reduce((a: number, b: number) => a + b, 0),
    )
    return values.filter((count: number) => count > 0)
  }
  assert.deepEqual(await series('PT1M', now - 120), [3, 4, 5])
  assert.deepEqual(await series('PT15M', DAY), [1, 2, 3, 9])
  assert.deepEqual(await series('PT1H', DAY), [1, 2, 3, 9])
  assert.deepEqual(await series('P1D', DAY), [15])
  assert.deepEqual(await series('P1D', DAY, 'Asia/Kolkata'), [3, 12])
  const { errors } = (await world.get(400, `${ALL}&granularity=PT1M`)).json()
  assert.equal(errors[0].code, 'resolution_expired')
})

test('late events are in it, before and after the recount of their hour', async (world) => {
  await world.counted(DAY, 1)
  await world.run(DAY + 180)
  await world.late(DAY + 1, 2, OTHER)
  await world.run(DAY + 240)
  assert.equal((await world.answer(ALL)).value, 3)
  await world.late(DAY + 300, 4)
  assert.equal((await world.answer(ALL)).value, 7)
})

test('a run that is killed at any write leaves a right total behind', async (world) => {
  for (const hour of [0, 60, 120]) {
    await world.counted(DAY + hour, 2)
    await world.counted(DAY + hour, 5, OTHER)
  }
  const { rollups } = world
  const write = rollups.writeRollups.bind(rollups)
  for (let killAt = 1; killAt < 9; killAt++) {
    let writes = 0
    rollups.writeRollups = async (...rows) => {
      if (++writes === killAt) throw new Error('killed')
      await write(...rows)
    }
    await world.run(DAY + 180).catch(() => {})
    assert.equal((await world.answer(ALL)).value, 21, `killed at write ${killAt}`)
  }
  rollups.writeRollups = write
  await world.run(DAY + 180)
  assert.equal((await world.answer(ALL)).value, 21)
})

test('a video that is removed leaves it, even the last one of its type', async (world) => {
  await world.counted(DAY, 3)
  await world.counted(DAY, 4, OTHER)
  await world.counted(DAY, 2, { ...OTHER, type: 'like' })
  await world.counted(DAY + 200, 5, OTHER)
  await world.run(DAY + 180)
  await world.ask(202, 'DELETE', 'videos/v2')
  assert.equal((await world.answer(`${COUNT}&${range(DAY + 180, NOW)}`)).value, 0, 'at once in open hours')
  await world.archive.removeVideo('', 'v2', NOW + 1)
  await world.run(DAY + 180)
  assert.equal((await world.answer(ALL)).value, 3)
  assert.equal((await world.answer(`eventType=like&function=count&${range(DAY, NOW)}`)).value, 0)
})

test('hours of which something is missing are not vouched for', async (world) => {
  await world.counted(DAY, 3)
  await world.counted(DAY + 60, 4)
  await world.run(DAY + 180)
  await world.archive.writeCheckpoint('0badcafe-0', {
    ...{ nextOffset: 1, logTimeMs: NOW * MINUTE_MS, missingBeforeMs: (DAY + 240) * MINUTE_MS },
  })
  const later = await world.answer(`${COUNT}&${range(DAY + 180, DAY + 300)}`)
  assert.deepEqual([later.value, later.meta.complete], [0, false])
})

test('what a release without totals has purged is not vouched for, and the rest is counted again', async (world) => {
  await world.counted(DAY, 3)
  await world.counted(DAY + 60, 4)
  const { rollups } = world
  const write = rollups.writeReconciled.bind(rollups)
  await world.run(DAY + 180)
  const { sitesFrom: _, ...before } = (await rollups.readReconciled())!
  await write({ ...before, version: before.version + 1 })
  await world.archive.purge([DAY])
  const audits = await rollups.readHours(DAY, DAY + 180)
  await rollups.writeHours(
    audits.map(({ knowsSites: _, ...audit }) => ({
      ...{ ...audit, version: audit.version + 1e6, purged: audit.hour === DAY },
    })),
  )
  assert.equal((await world.answer(`${COUNT}&${range(DAY, DAY + 180)}`)).meta.complete, false)
  const { audits: again } = await world.run(DAY + 180)
  assert.deepEqual(
    again.map(({ hour }) => hour),
    [DAY + 60],
  )
  assert.equal((await world.answer(`${COUNT}&${range(DAY, DAY + 180)}`)).meta.complete, false)
  const known = await world.answer(`${COUNT}&${range(DAY + 60, DAY + 180)}`)
  assert.deepEqual([known.value, known.meta.complete], [4, true])
  assert.equal((await world.answer(COUNT)).meta.complete, false)
})

test('it is a table where one is asked for', async (world) => {
  await world.counted(DAY, 3)
  const { body } = await world.get(200, `${COUNT}&${range(DAY, DAY + 60)}`, { accept: 'text/csv' })
  const [columns, line] = body.split('\r\n')
  assert.match(columns!, /^eventType,function,startTime,endTime,value,asOf/)
  assert.match(line!, /^view,count,2023-11-14T00:00:00Z,2023-11-14T01:00:00Z,3,/)
})

test(
  'each tenant sees its own',
  async (world) => {
    await world.counted(DAY, 3)
    await world.counted(DAY, 4, { ...VIEWS, tenant: 'acme' })
    await world.get(401, COUNT)
    for (const closedTo of [DAY, DAY + 180]) {
      await world.run(closedTo)
      const { value } = (await world.get(200, ALL, { 'x-api-key': 'key' })).json()
      assert.equal(value, 4)
    }
  },
  keyRing('key=acme'),
)

test('nothing is complete until lost counts are there again, nor later what reaches back', async (world) => {
  await world.counted(DAY + 5, 3)
  await world.run(DAY + 180)
  const isComplete = async () => (await world.answer(`${COUNT}&${range(DAY, DAY + 180)}`)).meta.complete
  await checkLostCounts(world, DAY, isComplete)
})
