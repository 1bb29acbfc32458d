import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { MINUTE_MS, MINUTES_PER_DAY } from '../../../model/bucket.ts'
import { DAY } from '../../../testing/archive-fixture.ts'
import {
  HOURS,
  KEEPING,
  NOW,
  type QueryWorld,
  SITE,
  inQueryWorld as test,
  time,
} from '../../../testing/query-world.ts'
import { purgeOld } from '../archiving/archive-maintenance.ts'

const RANGE = `startTime=${time(DAY)}&endTime=${time(DAY + 180)}`
const FUNCTIONS = ['count', 'sum', 'min', 'max'] as const

/** Three videos in three hours; the raw events of two are purged. */
async function purged(world: QueryWorld) {
  for (const hour of [0, 60, 120])
    for (const [i, videoId] of ['v1', 'v2', 'v3'].entries()) {
      await world.views(DAY + hour + 5, ['DE', 'DE'], { videoId, valueThousandths: 1_000 * (i + 1) })
      if (i === 0) await world.views(DAY + hour + 50, ['FR'], { videoId, type: 'like' })
    }
  await world.run(DAY + 180)
  world.clock.advance(8 * MINUTES_PER_DAY * MINUTE_MS)
  const { archive, rollups, clock } = world
  const holdings = archive.holdings.bind(archive)
  archive.holdings = async () => (await holdings()).filter(({ hour }) => hour < DAY + 120)
  assert.equal(await purgeOld({ archive, rollups, clock }, KEEPING, NOW * MINUTE_MS * 2, Infinity), 2)
  archive.holdings = holdings
}

async function remove(world: QueryWorld, videoId: string) {
  await world.ask(202, 'DELETE', `videos/${videoId}`)
  await world.layer.privacy.carryOut(0)
  await world.run(DAY + 180)
}

/** What a site counted, by its totals and by the archive. */
async function totals(world: QueryWorld, eventType = 'view') {
  const stats: number[] = []
  for (const fn of FUNCTIONS)
    stats.push((await world.get(`site/stats?eventType=${eventType}&function=${fn}&${RANGE}`)).value)
  const body = { ...SITE, ...HOURS, granularity: undefined, eventTypes: eventType, functions: FUNCTIONS }
  const { values } = (await world.answer(body)).rows[0]
  assert.deepEqual(
    stats,
    FUNCTIONS.map((fn) => values[fn]),
  )
  return stats
}

describe('A video that is removed', () => {
  test('leaves the totals of its site, also of hours that are purged', async (world) => {
    await purged(world)
    assert.deepEqual(await totals(world), [18, 36, 1, 3])
    await remove(world, 'v3')
    assert.deepEqual(await totals(world), [12, 18, 1, 2])
    await remove(world, 'v1')
    assert.deepEqual(await totals(world), [6, 12, 2, 2])
    assert.deepEqual(await totals(world, 'like'), [0, 0, null, null])
    const byDay = await world.get(`site/stats?eventType=view&function=count&${RANGE}&granularity=P1D`)
    assert.deepEqual(byDay.series, [{ time: '2023-11-14T00:00:00Z', value: 6 }])
  })

  test('leaves them once it is done again after a crash, beside another', async (world) => {
    await purged(world)
    const { archive } = world
    const removeVideo = archive.removeVideo.bind(archive)
    archive.removeVideo = async (tenant, videoId, beforeMinute) => {
      if (videoId === 'v3') throw new Error('killed')
      return removeVideo(tenant, videoId, beforeMinute)
    }
    await world.ask(202, 'DELETE', 'videos/v3')
    await world.ask(202, 'DELETE', 'videos/v2')
    await assert.rejects(world.layer.privacy.carryOut(0), /killed/)
    archive.removeVideo = removeVideo
    await world.layer.privacy.carryOut(0)
    await world.run(DAY + 180)
    assert.deepEqual(await totals(world), [6, 6, 1, 1])
  })
})
