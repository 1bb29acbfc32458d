import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NO_TRACES, type Step } from '../../lib/traces.ts'
import { bytesOf, timeOf } from '../../testing/event-fixture.ts'
import { MemoryWorld } from '../../testing/memory-world.ts'

const FIRST = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`
const SECOND = `00-${'3'.repeat(32)}-${'4'.repeat(16)}-01`

/** A world of one source, and what its traces tell: in which trace, which step, and of which offset. */
function setUp() {
  const world = new MemoryWorld()
  const told: { readonly traceparent: string; readonly steps: readonly Step[] }[] = []
  const traces = {
    ...NO_TRACES,
    later: (traceparent: string, steps: readonly Step[]) => void told.push({ traceparent, steps }),
  }
  const send = (event: string, ...traceparents: string[]) =>
    world.log.append('events', 0, bytesOf([event]), traceparents.length === 0 ? undefined : { traceparents })
  return { world, traces, told, send }
}

test('traces tell when a record was read, and when what was counted of it was stored', async () => {
  const { world, traces, told, send } = setUp()
  await send('a:1@12:00:00')
  await send('a:2@12:00:00', FIRST, SECOND)
  await send('a:2@12:00:00', FIRST)
  const driver = await world.driver({}, { traces })
  const running = driver.run()
  await world.until(() => driver.checkpoint?.offset === 2)
  const { id } = await world.source()
  assert.deepEqual(
    told.map(({ traceparent, steps }) => [traceparent, ...steps.map(({ name }) => name), steps[0]!.about]),
    [
      [FIRST, 'processing count', 'counts write', { 'tally.source': id, 'tally.offset': 1 }],
      [SECOND, 'processing count', 'counts write', { 'tally.source': id, 'tally.offset': 1 }],
      [FIRST, 'processing count', 'counts write', { 'tally.source': id, 'tally.offset': 2 }],
    ],
  )
  for (const { steps } of told) {
    const [count, write] = steps as [Step, Step]
    assert.ok(timeOf('12:00:00') <= count.fromMs && count.fromMs <= write.fromMs)
    assert.ok(write.fromMs <= write.toMs && write.toMs === count.toMs)
  }
  driver.stop()
  await world.whileRunning(running)
})

test('nothing is told as stored while the store is away', async () => {
  const { world, traces, told, send } = setUp()
  world.counts.away = true
  await send('a:1@12:00:00', FIRST)
  const driver = await world.driver({}, { traces })
  const running = driver.run()
  await world.until(() => world.counts.refused > 3)
  assert.deepEqual(told, [])
  world.counts.away = false
  await world.until(() => driver.checkpoint?.offset === 0)
  assert.equal(told.length, 1)
  driver.stop()
  await world.whileRunning(running)
})

test('however many records are to be told, few are, and all are counted', async () => {
  const { world, traces, told, send } = setUp()
  for (let i = 0; i < 1_000; i++) await send(`a:${i}@12:00:00`, FIRST)
  const driver = await world.driver({}, { traces })
  const running = driver.run()
  await world.until(() => driver.checkpoint?.offset === 999)
  assert.equal((await world.views('a'))?.count, 1_000)
  assert.equal(told.length, 32)
  await send('b:1@12:00:00', SECOND)
  await world.until(() => driver.checkpoint?.offset === 1_000)
  assert.equal(told.at(-1)?.traceparent, SECOND, 'those that came later are told again')
  driver.stop()
  await world.whileRunning(running)
})
