// Between an import and the recount that counts it no answer is called complete or recounted.
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { atMinute, batchOf, DAY } from '../../testing/archive-fixture.ts'
import { type BreakdownWorld, inWorld as test } from '../../testing/breakdown-world.ts'
import { importingIn, latestImports } from '../query/read/importing.ts'

const HOUR = 60
const ONE = '0123456789abcdef'
const OTHER = 'fedcba9876543210'

const eventAt = (minute: number, id: string) => ({ id, videoId: 'v1', type: 'view', time: minute * 60_000 })

async function rows(
  world: BreakdownWorld,
  id: string,
  from: number,
  events: readonly object[],
): Promise<void> {
  const headers = { 'content-type': 'application/x-ndjson' }
  const payload = events.map((event) => JSON.stringify(event)).join('\n')
  const answer = await world.app.inject({
    method: 'POST',
    url: `/v1/admin/imports/${id}/rows?from=${from}`,
    headers,
    payload,
  })
  assert.equal(answer.statusCode, 200, answer.body)
}

const importing = async ({ journal, rollups }: BreakdownWorld) =>
  importingIn(await latestImports(journal), await rollups.readReconciled())

/** Of a whole hour, by the totals of all videos. */
async function metaOf(world: BreakdownWorld, hour: number) {
  const range = `startTime=${hour * 60_000}&endTime=${(hour + HOUR) * 60_000}`
  const answer = await world.app.inject(`/v1/site/stats?eventType=view&function=count&${range}`)
  assert.equal(answer.statusCode, 200, answer.body)
  const { value, meta } = answer.json()
  return [value, meta.complete, meta.reconciled, meta.importing ?? false]
}

describe('Imported events', () => {
  test('are missing until the recount, and answers about them say so', async (world) => {
    await world.archive.store(
      batchOf('0badcafe-0', 'events', [
        atMinute(DAY, { id: 'a' }),
        atMinute(DAY + HOUR, { id: 'b', offset: 1 }),
      ]),
    )
    await world.run(DAY + 3 * HOUR)
    assert.deepEqual(await metaOf(world, DAY), [1, true, true, false])
    await rows(world, ONE, 0, [eventAt(DAY + 7, 'old')])
    assert.deepEqual(await metaOf(world, DAY), [1, false, false, true])
    assert.deepEqual(await metaOf(world, DAY + HOUR), [1, true, true, false], 'other hours are as they were')
    await world.run(DAY + 3 * HOUR)
    assert.deepEqual(await metaOf(world, DAY), [2, true, true, false])
  })

  test('of minutes that are not closed stay open, and those before are done', async (world) => {
    await rows(world, ONE, 0, [eventAt(DAY + 7, 'a'), eventAt(DAY + 90, 'b')])
    assert.deepEqual(await importing(world), { from: DAY + 7, to: DAY + 91 })
    await world.run(DAY + 80)
    assert.deepEqual(await importing(world), { from: DAY + 80, to: DAY + 91 })
    await world.run(DAY + 91)
    assert.equal(await importing(world), null)
  })

  test('of several imports stay open whatever is noted after them', async (world) => {
    await rows(world, ONE, 0, [eventAt(DAY + 7, 'a')])
    for (let row = 0; row < 20; row++) {
      world.clock.advance(1)
      await rows(world, OTHER, row, [eventAt(DAY + 200, `b${row}`)])
    }
    world.clock.advance(1)
    await world.ask(200, 'POST', `imports/${OTHER}/end`)
    assert.deepEqual(await importing(world), { from: DAY + 7, to: DAY + 201 })
    await world.run(DAY + 300)
    assert.equal(await importing(world), null)
    world.clock.advance(1)
    await rows(world, ONE, 1, [eventAt(DAY + 9, 'c')])
    assert.deepEqual(
      await importing(world),
      { from: DAY + 9, to: DAY + 10 },
      'what was counted is not open again',
    )
  })

  test('stay open where the clock of an importer is behind that of the one before', async (world) => {
    for (let row = 0; row < 9; row++) {
      await rows(world, OTHER, row, [eventAt(DAY + 7, `b${row}`)])
      world.clock.advance(1)
    }
    await world.run(DAY + 300)
    world.clock.advance(-60_000)
    await rows(world, ONE, 0, [eventAt(DAY + 9, 'a')])
    assert.deepEqual(await importing(world), { from: DAY + 9, to: DAY + 10 })
    await rows(world, OTHER, 9, [eventAt(DAY + 20, 'b9')])
    assert.deepEqual(await importing(world), { from: DAY + 9, to: DAY + 21 })
    const { nextRow } = await world.ask(200, 'GET', `imports/${OTHER}`)
    assert.equal(nextRow, 10, 'how far it has come is not forgotten either')
  })

  test('that are stored while a recount is under way are left to the next one', async (world) => {
    await rows(world, ONE, 0, [eventAt(DAY + 7, 'a')])
    const holdings = world.archive.holdings.bind(world.archive)
    world.archive.holdings = async () => {
      const held = await holdings()
      world.archive.holdings = holdings
      world.clock.advance(1)
      await rows(world, OTHER, 0, [eventAt(DAY + 120, 'b')])
      return held
    }
    await world.run(DAY + 300)
    assert.deepEqual(
      await importing(world),
      { from: DAY + 7, to: DAY + 121 },
      'noted while the first was open',
    )
    await world.run(DAY + 300)
    assert.equal(await importing(world), null)
  })
})
