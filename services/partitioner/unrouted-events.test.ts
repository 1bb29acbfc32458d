// A front door with a real spool on disk, whose layouts are known only for some minutes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { MINUTE_MS, minuteOf } from '../../model/bucket.ts'
import type { Layout } from '../../model/layout.ts'
import { route } from '../../model/route.ts'
import { loadSchemas } from '../../schemas/schema-set.ts'
import { LogError } from '../../stores/log/log.ts'
import { Spool } from '../../stores/log/spool/spool.ts'
import { anEvent, LAYOUTS, NOW_MS, openDoor } from '../../testing/door-fixture.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { EVENT_LIMITS } from './limits.ts'
import { queueOf } from './place.ts'
import { UnroutedEvents } from './unrouted-events.ts'

const NOW_MINUTE = minuteOf(NOW_MS)
const SCHEMAS = loadSchemas()

async function setUp({ bytesMax = 1 << 20 } = {}) {
  const directory = await temporaryDirectory()
  const clock = new ManualClock(NOW_MS)
  const known = {
    all: LAYOUTS as readonly Layout[],
    to: NOW_MINUTE,
    current: () => known.all,
    unknownFromMinute: () => known.to,
  }
  const retries: unknown[] = []
  let isAway = false
  const begin = async () => {
    const spool = await Spool.open(directory.path, { clock, bytesMax })
    const append: typeof door.log.append = (...args) =>
      isAway ? Promise.reject(new LogError('unavailable', 'away')) : door.log.append(...args)
    const stopping = new AbortController()
    const unrouted = new UnroutedEvents({
      ...{ spool, layouts: known, log: { append }, schemas: SCHEMAS, limits: EVENT_LIMITS, clock },
      random: () => 0.5,
      onRetry: (_, error) => retries.push(error),
    })
    const following = unrouted.follow(stopping.signal)
    const end = async () => {
      stopping.abort()
      await following
      await spool.close()
    }
    return { spool, unrouted, end }
  }
  let run = await begin()
  const door = openDoor({
    layouts: known,
    unrouted: { append: (lane, queue, bytes) => run.unrouted.append(lane, queue, bytes) },
    limits: { horizonMs: MINUTE_MS, aheadMs: 2 * MINUTE_MS },
  })
  const until = async (condition: () => boolean | Promise<boolean>) => {
    while (!(await condition())) {
      clock.advance(100)
      await setImmediate()
    }
  }
  return {
    ...{ door, known, until, retries },
    waiting: () => run.spool.extent().records,
    waitingFromMs: () => run.unrouted.waitingFromMs(),
    spooled: () => run.unrouted.spooled,
    refused: () => run.unrouted.refused,
    append: (bytes: Uint8Array) => run.unrouted.append('events', queueOf(NOW_MINUTE), bytes),
    away: (is: boolean) => {
      isAway = is
    },
    restart: async () => {
      await run.end()
      run = await begin()
    },
    async [Symbol.asyncDispose]() {
      await run.end()
      await door.app.close()
      await directory[Symbol.asyncDispose]()
    },
  }
}

const SPLIT: Layout = { ...LAYOUTS[0]!, version: 2, fromMinute: NOW_MINUTE, splits: new Map([['v1', 4]]) }

test('what cannot be routed is accepted, and waits for the layout of its own minute, also over a restart', async () => {
  await using world = await setUp()
  const { door, known } = world
  const events = Array.from({ length: 20 }, (_, i) =>
    anEvent({ id: `e-${i}`, time: NOW_MS + (i % 2) * MINUTE_MS }),
  )
  assert.equal((await door.post(events)).statusCode, 202)
  assert.deepEqual(await door.stored(), [])
  assert.ok(world.waiting() > 0)
  await world.restart()
  known.all = [...LAYOUTS, SPLIT, { ...LAYOUTS[0]!, version: 3, fromMinute: NOW_MINUTE + 1 }]
  known.to = NOW_MINUTE + 2
  await world.until(() => world.waiting() === 0)
  const stored = await door.stored()
  assert.equal(stored.length, 20)
  for (const { lane, partition, event } of stored) {
    assert.equal(lane, 'events')
    assert.equal(partition, route(known.all, event))
  }
  const places = new Set(
    stored.filter(({ event }) => event.timeMs === NOW_MS).map(({ partition }) => partition),
  )
  assert.ok(places.size > 1, 'they are split as their minute asks for')
})

test('what waits for a later minute holds back nothing of an earlier one', async () => {
  await using world = await setUp()
  const { door, known } = world
  await door.post([anEvent({ id: 'ahead', time: NOW_MS + MINUTE_MS })])
  await door.post([anEvent({ id: 'now' })])
  known.to = NOW_MINUTE + 1
  await world.until(async () => (await door.stored()).length > 0)
  assert.deepEqual(
    (await door.stored()).map(({ event }) => event.id),
    ['now'],
  )
  await world.until(() => world.waiting() === 1)
  known.to = NOW_MINUTE + 2
  await world.until(() => world.waiting() === 0)
  assert.equal((await door.stored()).length, 2)
})

test('of a request, what can be routed is, and what is late stays late', async () => {
  await using world = await setUp()
  const { door, known } = world
  known.to = NOW_MINUTE - 1
  const events = [
    anEvent(),
    anEvent({ id: 'old', time: NOW_MS - 2 * MINUTE_MS }),
    anEvent({ id: 'bad', time: 'x' }),
  ]
  const older = anEvent({ id: 'late', time: NOW_MS - MINUTE_MS - 1 })
  const answer = (await door.post([...events, older])).json()
  assert.deepEqual([answer.accepted, answer.late, answer.rejected.length], [3, 2, 1])
  assert.deepEqual(
    (await door.stored()).map(({ lane, event }) => [lane, event.id]),
    [
      ['events-late', 'old'],
      ['events-late', 'late'],
    ],
  )
  known.to = NOW_MINUTE + 1
  await world.until(() => world.waiting() === 0)
  assert.deepEqual(
    (await door.stored()).map(({ lane }) => lane),
    ['events', 'events-late', 'events-late'],
  )
})

test('it is tried again while nothing takes it', async () => {
  await using world = await setUp()
  await world.door.post([anEvent()])
  world.away(true)
  world.known.to = NOW_MINUTE + 1
  await world.until(() => world.retries.length > 3)
  assert.equal(world.waiting(), 1)
  world.away(false)
  await world.until(() => world.waiting() === 0)
  assert.equal((await world.door.stored()).length, 1)
})

test('where there is no room for it, it is refused, which is counted', async () => {
  await using world = await setUp({ bytesMax: 1 })
  const answer = await world.door.post([anEvent()])
  assert.equal(answer.statusCode, 503)
  assert.equal(world.refused(), 1)
})

test('a door without a spool refuses what it cannot route', async () => {
  const door = openDoor({ layouts: { current: () => LAYOUTS, unknownFromMinute: () => NOW_MINUTE } })
  assert.equal((await door.post([anEvent()])).statusCode, 503)
  assert.deepEqual(await door.stored(), [])
  assert.equal((await door.post([anEvent({ time: NOW_MS - 1 })])).statusCode, 202)
  await door.app.close()
})

test('what only a later release can read stays on disk, and what came before it is routed', async () => {
  await using world = await setUp()
  await world.door.post([anEvent()])
  await world.append(Uint8Array.of(0xff, 1, 2))
  world.known.to = NOW_MINUTE + 1
  await world.until(() => world.retries.length > 0)
  assert.match(String(world.retries[0]), /cannot be read .* waits for a release that can/)
  assert.equal((await world.door.stored()).length, 1)
  assert.equal(world.waiting(), 1)
})

test('it is known from when on what waits happens, after a restart too', async () => {
  await using world = await setUp()
  const { door, known } = world
  assert.equal(world.waitingFromMs(), Number.POSITIVE_INFINITY)
  known.to = NOW_MINUTE + 1
  await door.post([anEvent({ id: 'later', time: NOW_MS + MINUTE_MS })])
  await world.until(() => world.waitingFromMs() === known.to * MINUTE_MS)
  await world.restart()
  await world.until(() => world.waitingFromMs() === known.to * MINUTE_MS)
  known.to++
  await world.until(() => world.waiting() === 0)
  assert.equal(world.waitingFromMs(), Number.POSITIVE_INFINITY)
  assert.equal(world.spooled(), 0)
})
