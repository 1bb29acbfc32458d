import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Lane, LogError, type Source } from '../../../stores/log/log.ts'
import { until } from '../../../testing/batch-world.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { MemoryLog } from '../../../testing/memory-log.ts'
import { AssignedSources } from './assigned-sources.ts'

/** A log of three partitions that can be away, and who archives them. */
async function setUp() {
  const clock = new ManualClock()
  const inner = new MemoryLog({ clock, partitions: 3 })
  const away = { asks: 0, fault: null as LogError | null }
  const log = {
    async sources(lane: Lane) {
      if (away.fault === null) return inner.sources(lane)
      away.asks++
      throw away.fault
    },
  }
  const owned: string[][] = []
  const errors: unknown[] = []
  const assigned = new AssignedSources(
    {
      ...{ log, clock, random: () => 0.5, onRetry: () => {} },
      own: (sources) => owned.push(sources.map(({ lane, partition }) => `${lane} ${partition}`)),
      onError: (error) => errors.push(error),
    },
    { baseMs: 100, capMs: 1_000 },
  )
  const [first, second, third] = (await inner.sources('events')) as [Source, Source, Source]
  return { clock, away, assigned, owned, errors, first, second, third }
}

test('a partition is archived in every lane that holds events', async () => {
  const { clock, assigned, owned, first } = await setUp()
  assigned.assign([first])
  await until(clock, () => owned.length > 0)
  assert.deepEqual(owned, [['events 0', 'events-overflow 0', 'events-late 0']])
})

test('a log that is away is asked until it answers, for the latest assignment alone', async () => {
  const { clock, away, assigned, owned, first, second, third } = await setUp()
  away.fault = new LogError('unavailable', 'no broker answers')
  assigned.assign([first, second])
  await until(clock, () => away.asks > 5)
  assigned.assign([third])
  await until(clock, () => away.asks > 10)
  away.fault = null
  await until(clock, () => owned.length > 0)
  clock.advance(60_000)
  assert.deepEqual(owned, [['events 2', 'events-overflow 2', 'events-late 2']])
})

test('once it is closed nothing is told', async () => {
  const { clock, away, assigned, owned, errors, first } = await setUp()
  away.fault = new LogError('unavailable', 'no broker answers')
  assigned.assign([first])
  await until(clock, () => away.asks > 5)
  assigned.close()
  away.fault = null
  clock.advance(60_000)
  await new Promise(setImmediate)
  assert.deepEqual([owned, errors], [[], []])
})

test('a log that has lost partitions is told of', async () => {
  const { clock, away, assigned, owned, errors, first } = await setUp()
  away.fault = new LogError('corrupt', 'the topic is gone')
  assigned.assign([first])
  await until(clock, () => errors.length > 0)
  assert.deepEqual([owned, errors], [[], [away.fault]])
})
