import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '../../lib/clock.ts'
import type { Carried } from '../../lib/traceparents.ts'
import { RecordBuilder } from '../../schemas/record.ts'
import { type Lane, LogError } from '../../stores/log/log.ts'
import { anEvent, eventsOf, NOW_MS } from '../../testing/door-fixture.ts'
import { Gather, type GatherErrorCode, type PlacedEvent, type PlacedRecord } from './gather.ts'
import { EVENT_LIMITS, type EventLimits } from './limits.ts'
import { NO_METRICS } from './partitioner-metrics.ts'

type Append = {
  lane: Lane
  partition: number
  ids: string[]
  /** By the last digit of each. */
  told: string
  outcome: PromiseWithResolvers<{ offset: number }>
}

/** A Gather whose time and appends are controlled by the test. */
function setUp(limits: Partial<EventLimits> = {}) {
  const appends: Append[] = []
  const sleepers: { ms: number; wake: () => void }[] = []
  const clock: Clock = {
    nowMs: () => NOW_MS,
    sleep: (ms) => new Promise((wake) => sleepers.push({ ms, wake })),
  }
  const log = {
    append(lane: Lane, partition: number, bytes: Uint8Array, carried?: Carried) {
      const outcome = Promise.withResolvers<{ offset: number }>()
      const told = carried === undefined ? '' : carried.traceparents!.map((one) => one.at(-4)).join('')
      appends.push({ lane, partition, ids: eventsOf(bytes).map(({ id }) => id), told, outcome })
      return outcome.promise
    },
  }
  let current: string | null = null
  const traces = { traceparent: () => current }
  const gather = new Gather({
    ...{ log, clock, traces },
    limits: { ...EVENT_LIMITS, ...limits },
    metrics: NO_METRICS,
  })
  return {
    gather,
    /** As a request of which traces tell, by a digit. */
    storeTraced(digit: number, events: readonly PlacedEvent[]) {
      current = `00-${'1'.repeat(32)}-${String(digit).padStart(16, 'a')}-01`
      const stored = gather.store(events)
      current = null
      return stored
    },
    appends,
    sleepers,
    async linger() {
      for (const { wake } of sleepers.splice(0)) wake()
      await settled()
    },
    async confirm(at: number) {
      appends[at]!.outcome.resolve({ offset: at })
      await settled()
    },
    told: () => appends.map(({ told }) => told),
    seen: () => appends.map(({ lane, partition, ids }) => `${lane}/${partition}: ${ids.join(' ')}`),
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function placed(ids: string, partition = 0, lane: Lane = 'events'): PlacedEvent[] {
  const base = { ...(anEvent() as { videoId: string; type: string }), tenant: '', timeMs: NOW_MS }
  const rest = { valueThousandths: null, viewerId: null, channelId: null, attributes: null, source: null }
  return [...ids].map((id) => ({ lane, partition, event: { ...base, ...rest, id } }))
}

/** The same events, encoded. */
function encoded(ids: string, partition = 0, lane: Lane = 'events'): PlacedRecord {
  const builder = new RecordBuilder()
  for (const { event } of placed(ids, partition, lane)) builder.add(event)
  return { lane, partition, record: builder.finish() }
}

/** The current state of a promise. */
function watch(promise: Promise<void>): { state: 'pending' | 'stored' | GatherErrorCode } {
  const watched: ReturnType<typeof watch> = { state: 'pending' }
  promise.then(
    () => (watched.state = 'stored'),
    (error) => (watched.state = error.code),
  )
  return watched
}

test('events of several requests share one record per lane and partition', async () => {
  const { gather, appends, sleepers, linger, confirm, seen } = setUp()
  const first = watch(gather.store([...placed('a'), ...placed('b', 1)]))
  const second = watch(gather.store([...placed('c'), ...placed('d', 0, 'events-late')]))
  assert.deepEqual(
    sleepers.map(({ ms }) => ms),
    [EVENT_LIMITS.lingerMs],
  )
  assert.equal(appends.length, 0)
  await linger()
  assert.deepEqual(seen(), ['events/0: a c', 'events/1: b', 'events-late/0: d'])
  await confirm(0)
  assert.deepEqual([first.state, second.state], ['pending', 'pending'])
  await confirm(1)
  assert.deepEqual([first.state, second.state], ['stored', 'pending'])
  await confirm(2)
  assert.equal(second.state, 'stored')
})

test('events that come encoded share records with the others', async () => {
  const { gather, linger, confirm, seen } = setUp({ recordEventsMax: 4 })
  const first = watch(gather.storeRecords([encoded('ab'), encoded('c', 1)]))
  const second = watch(gather.store([...placed('d'), ...placed('e', 1)]))
  const third = watch(gather.storeRecords([encoded('fg')]))
  assert.deepEqual(seen(), ['events/0: a b d f g'])
  await linger()
  assert.deepEqual(seen(), ['events/0: a b d f g', 'events/1: c e'])
  await confirm(0)
  assert.deepEqual([first.state, second.state, third.state], ['pending', 'pending', 'stored'])
  await confirm(1)
  assert.deepEqual([first.state, second.state], ['stored', 'stored'])
})

test('while a record is appended the next one gathers, and goes when the first has ended', async () => {
  const { gather, linger, confirm, seen } = setUp()
  gather.store(placed('a'))
  await linger()
  gather.store(placed('b'))
  await linger()
  gather.store(placed('c'))
  assert.deepEqual(seen(), ['events/0: a'])
  await confirm(0)
  assert.deepEqual(seen(), ['events/0: a', 'events/0: b c'])
})

test('a record that has not waited its time stays when the one before it has ended', async () => {
  const { gather, linger, confirm, seen } = setUp()
  gather.store(placed('a'))
  await linger()
  gather.store(placed('b'))
  await confirm(0)
  assert.deepEqual(seen(), ['events/0: a'])
  await linger()
  assert.deepEqual(seen(), ['events/0: a', 'events/0: b'])
})

for (const limits of [{ recordEventsMax: 2 }, { recordBytesMax: 50 }]) {
  test(`a full record does not wait, each goes in its turn (${JSON.stringify(limits)})`, async () => {
    const { gather, linger, confirm, seen } = setUp(limits)
    const request = watch(gather.store(placed('abcde')))
    assert.deepEqual(seen(), ['events/0: a b'])
    await confirm(0)
    assert.deepEqual(seen(), ['events/0: a b', 'events/0: c d'])
    await linger()
    await confirm(1)
    assert.deepEqual(seen(), ['events/0: a b', 'events/0: c d', 'events/0: e'])
    assert.equal(request.state, 'pending')
    await confirm(2)
    assert.equal(request.state, 'stored')
  })
}

test('a failed record fails its requests alone, once their other records have ended', async () => {
  const { gather, appends, linger, confirm } = setUp()
  const both = watch(gather.store([...placed('a'), ...placed('b', 1)]))
  const good = watch(gather.store(placed('c', 1)))
  await linger()
  appends[0]!.outcome.reject(new LogError('unavailable', 'x'))
  await settled()
  assert.deepEqual([both.state, good.state], ['pending', 'pending'])
  await confirm(1)
  assert.deepEqual([both.state, good.state], ['append_failed', 'stored'])
})

test('after a failure the partition goes on with its next record', async () => {
  const { gather, appends, linger, confirm, seen } = setUp()
  watch(gather.store(placed('a')))
  await linger()
  const next = watch(gather.store(placed('b')))
  await linger()
  appends[0]!.outcome.reject(new LogError('unavailable', 'x'))
  await settled()
  await confirm(1)
  assert.deepEqual(seen(), ['events/0: a', 'events/0: b'])
  assert.equal(next.state, 'stored')
})

test('closing stores what was taken without waiting its time, and takes no more', async () => {
  const { gather, linger, confirm, seen } = setUp()
  const appending = watch(gather.store(placed('a')))
  await linger()
  const gathering = watch(gather.store(placed('b')))
  const closed = watch(gather.close())
  const after = watch(gather.store(placed('c')))
  await confirm(0)
  assert.deepEqual([appending.state, gathering.state, closed.state], ['stored', 'pending', 'pending'])
  await confirm(1)
  assert.deepEqual([gathering.state, closed.state, after.state], ['stored', 'stored', 'closed'])
  assert.deepEqual(seen(), ['events/0: a', 'events/0: b'])
})

test('a request without events is done at once', async () => {
  const { gather } = setUp()
  await gather.store([])
})

test('a record carries whom traces tell of those whose events it holds, and nothing where that is nobody', async () => {
  const { gather, storeTraced, linger, confirm, seen, told } = setUp()
  void storeTraced(1, [...placed('ab'), ...placed('c', 1), ...placed('d')])
  void gather.store([...placed('e'), ...placed('f', 2)])
  void storeTraced(2, placed('g'))
  await linger()
  assert.deepEqual(seen(), ['events/0: a b d e g', 'events/1: c', 'events/2: f'])
  assert.deepEqual(told(), ['12', '1', ''])
  await confirm(0)
  void gather.store(placed('h'))
  await linger()
  assert.deepEqual(told().slice(3), [''], 'the next record of a partition begins without')
})

test('a record that one event fills carries whom it is of', async () => {
  const { storeTraced, told } = setUp({ recordEventsMax: 1 })
  void storeTraced(7, placed('a'))
  assert.deepEqual(told(), ['7'])
})

test('however many are told, a record carries few, and however many records there are, few carry one', async () => {
  const crowd = setUp()
  for (let digit = 0; digit < 10; digit++) void crowd.storeTraced(digit, placed('a'))
  await crowd.linger()
  assert.deepEqual(crowd.told(), ['01234567'])
  const spread = setUp()
  void spread.storeTraced(1, Array.from({ length: 100 }, (_, partition) => placed('a', partition)).flat())
  await spread.linger()
  assert.deepEqual([spread.told().length, spread.told().join('')], [100, '1111'])
})
