import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MINUTE_MS, minuteOf } from './bucket.ts'
import type { Layout } from './layout.ts'
import { kafkaPartition } from './murmur2.ts'
import { layoutAt, type Routed, route, routeKey } from './route.ts'
import { partitionsNeeded } from './validate-layouts.ts'

const MINUTES = 100

const EVENT: Routed = { tenant: '', videoId: 'video', id: 'e-1', channelId: null, timeMs: 50 * MINUTE_MS }

const videoId = fc.oneof(
  fc.constantFrom('a', 'b', 'c'),
  fc.string({ unit: 'binary', minLength: 1 }),
  fc.string({ minLength: 500, maxLength: 520 }),
)
const event: fc.Arbitrary<Routed> = fc.record({
  tenant: fc.constantFrom('', 'acme'),
  videoId,
  id: fc.uuid(),
  channelId: fc.option(fc.constantFrom('x', 'y', 'z')),
  timeMs: fc.nat(MINUTES * MINUTE_MS),
})

const shape = fc.record({
  partitions: fc.integer({ min: 1, max: 20 }),
  splits: fc.dictionary(fc.constantFrom('a', 'b', 'acme/a'), fc.integer({ min: 1, max: 8 })),
  dedicated: fc.dictionary(fc.constantFrom('x', 'acme/x', 'y'), fc.integer({ min: 1, max: 4 })),
  minutes: fc.integer({ min: 1, max: 30 }),
})

const layouts: fc.Arbitrary<Layout[]> = fc.array(shape, { minLength: 1, maxLength: 4 }).map((shapes) => {
  let fromMinute = 0
  return shapes.map(({ partitions, splits, dedicated, minutes }, i) => {
    fromMinute += minutes
    let first = partitions
    const ranges = Object.entries(dedicated).map(([channel, count]) => {
      first += count
      return [channel, { first: first - count, count }] as const
    })
    return layoutOf({
      version: i + 1,
      fromMinute,
      partitions,
      splits: new Map(Object.entries(splits)),
      dedicated: new Map(ranges),
    })
  })
})

function layoutOf(layout: Partial<Layout>): Layout {
  return { version: 1, fromMinute: 0, partitions: 16, splits: new Map(), dedicated: new Map(), ...layout }
}

test('the key is the video and the minute, with the tenant in front where there is one', () => {
  assert.equal(routeKey(EVENT, 50), 'video:50')
  assert.equal(routeKey({ ...EVENT, tenant: 'acme' }, 50), 'acme/video:50')
})

test('an event goes where a Kafka producer sends its key', () => {
  fc.assert(
    fc.property(event, fc.integer({ min: 1, max: 100 }), (one, partitions) => {
      const key = Buffer.from(routeKey(one, minuteOf(one.timeMs)))
      assert.equal(route([layoutOf({ partitions })], one), kafkaPartition(key, partitions))
    }),
  )
})

test('known events stay in known partitions', () => {
  const check = (one: Partial<Routed>, layout: Partial<Layout>, partition: number) => {
    assert.equal(route([layoutOf(layout)], { ...EVENT, ...one }), partition)
  }
  check({}, {}, 1)
  check({ tenant: 'acme' }, {}, 1)
  check({ videoId: 'vidéo' }, {}, 9)
  check({}, { splits: new Map([['video', 4]]) }, 4)
  const dedicated = new Map([['x', { first: 16, count: 3 }]])
  check({ channelId: 'x' }, { dedicated }, 16)
  check({ channelId: 'x', id: 'e-3' }, { dedicated, splits: new Map([['video', 8]]) }, 18)
})

test('every event lands in a partition that there is, and its copies in the same', () => {
  fc.assert(
    fc.property(layouts, event, (all, one) => {
      const partition = route(all, one)
      assert.ok(Number.isInteger(partition) && partition >= 0 && partition < partitionsNeeded(all))
      assert.equal(route(structuredClone(all), { ...one }), partition)
    }),
  )
})

test('a layout made later never moves an event of an earlier minute', () => {
  fc.assert(
    fc.property(layouts, event, (all, one) => {
      const minute = minuteOf(one.timeMs)
      const known = all.filter((layout, i) => i === 0 || layout.fromMinute <= minute)
      for (let count = known.length; count <= all.length; count++) {
        assert.equal(route(all.slice(0, count), one), route(known, one))
      }
    }),
  )
})

test('the newest layout in force at the event’s minute is taken, and the first before that', () => {
  const all = [10, 20, 30].map((fromMinute, i) => layoutOf({ version: i + 1, fromMinute }))
  const check = (minute: number, version: number) => assert.equal(layoutAt(all, minute).version, version)
  check(0, 1)
  check(10, 1)
  check(19, 1)
  check(20, 2)
  check(29, 2)
  check(30, 3)
  check(1_000_000, 3)
})

test('a split video is spread over as many partitions as it is split ways, within its range', () => {
  const ranges = [
    { channelId: null, first: 0, count: 16 },
    { channelId: 'x', first: 20, count: 3 },
  ]
  fc.assert(
    fc.property(fc.constantFrom(...ranges), fc.integer({ min: 1, max: 20 }), (range, ways) => {
      const layout = layoutOf({
        splits: new Map([['video', ways]]),
        dedicated: new Map([['x', { first: 20, count: 3 }]]),
      })
      const used = new Set<number>()
      for (let i = 0; i < 1_000; i++) {
        used.add(route([layout], { ...EVENT, channelId: range.channelId, id: `e-${i}` }))
      }
      assert.equal(used.size, Math.min(ways, range.count))
      for (const partition of used) {
        assert.ok(partition >= range.first && partition < range.first + range.count)
      }
    }),
    { numRuns: 30 },
  )
})

test('a split or a channel of one tenant is not that of another', () => {
  const layout = layoutOf({
    splits: new Map([['acme/video', 8]]),
    dedicated: new Map([['acme/x', { first: 16, count: 1 }]]),
  })
  const partitionsOf = (tenant: string) =>
    new Set(Array.from({ length: 100 }, (_, i) => route([layout], { ...EVENT, tenant, id: `e-${i}` })))
  assert.equal(partitionsOf('').size, 1)
  assert.equal(partitionsOf('acme').size, 8)
  assert.equal(route([layout], { ...EVENT, tenant: 'acme', channelId: 'x' }), 16)
  assert.ok(route([layout], { ...EVENT, channelId: 'x' }) < 16)
})
