// What threads make of bodies is what the door makes of them without: the same answers, and the same events in the same
// places of the log.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { systemClock } from '../../../lib/system-clock.ts'
import { MINUTE_MS, minuteOf } from '../../../model/bucket.ts'
import type { Layout } from '../../../model/layout.ts'
import { PROBE_SERIES } from '../../../model/probe.ts'
import { route } from '../../../model/route.ts'
import { anEvent, type DoorOptions, LAYOUTS, NOW_MS, openDoor } from '../../../testing/door-fixture.ts'
import { keyRing } from '../../../testing/key-ring.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { type TemporaryDirectory, temporaryDirectory } from '../../../testing/temporary-directory.ts'
import { until } from '../../../testing/until.ts'
import { EVENT_LIMITS } from '../limits.ts'
import { type EventMetrics, NO_METRICS } from '../partitioner-metrics.ts'
import { START_MS_MAX } from './door-thread.ts'
import { DoorThreads, type DoorThreadsOptions } from './door-threads.ts'
import type { Packing } from './packing.ts'

type Post = ReturnType<typeof openDoor>['post']

const { horizonMs, aheadMs, retentionMs } = EVENT_LIMITS
const RULES = { ...EVENT_LIMITS, sourcesFromMs: 0 }
const JSON_TYPE = 'application/json'

function openThreads(
  options: Partial<DoorThreadsOptions> = {},
  errors: unknown[] = [],
): Promise<DoorThreads> {
  return DoorThreads.open({
    ...{ count: 2, rules: RULES, clock: systemClock, bodyBytesMin: 0 },
    logger: { error: (found: unknown) => errors.push(found) },
    metrics: { died() {} },
    ...options,
  })
}

/** Counts what is told to the metrics, by name. */
function counting(): { metrics: EventMetrics; sums: Record<string, number> } {
  const sums: Record<string, number> = {}
  const add = (name: string, by = 1) => {
    sums[name] = (sums[name] ?? 0) + by
  }
  const metrics: EventMetrics = {
    ...NO_METRICS,
    accepted: (lane, events) => add(lane, events),
    rejected: (code) => add(code),
  }
  return { metrics, sums }
}

/** Two doors on logs of their own: one whose bodies go to threads, and one that reads them itself. */
function bothDoors(packing: DoorThreads, options: () => DoorOptions = () => ({})) {
  const [packed, plain] = [counting(), counting()]
  return {
    packed: { ...openDoor({ ...options(), packing, metrics: packed.metrics }), sums: packed.sums },
    plain: { ...openDoor({ ...options(), metrics: plain.metrics }), sums: plain.sums },
  }
}

/** Sends the same to both doors, one request after the other, and compares all that can be seen from outside. */
async function compare(
  { packed, plain }: ReturnType<typeof bothDoors>,
  requests: readonly Parameters<Post>[],
): Promise<void> {
  for (const request of requests) {
    const [one, other] = [await packed.post(...request), await plain.post(...request)]
    assert.equal(one.body, other.body)
    assert.equal(one.statusCode, other.statusCode)
    for (const name of ['content-type', 'ratelimit', 'ratelimit-policy'])
      assert.equal(one.headers[name], other.headers[name], name)
  }
  assert.deepEqual(await packed.stored(), await plain.stored())
  assert.deepEqual(packed.sums, plain.sums)
}

const character = fc.constantFrom('a', 'Z', '0', ' ', '"', '\\', '[', ',', ':', 'é', '字', '😀')
const name = fc.string({ unit: character, minLength: 1, maxLength: 8 })
const time = fc.oneof(
  fc.integer({ min: NOW_MS - horizonMs, max: NOW_MS + aheadMs }),
  fc.integer({ min: NOW_MS - retentionMs, max: NOW_MS }),
  fc.constantFrom(NOW_MS + aheadMs + 1, NOW_MS - retentionMs - 1, 'soon'),
)
const sentEvent = fc.record(
  {
    id: fc.oneof(
      fc.stringMatching(/^[A-Za-z0-9._:-]{1,9}$/),
      fc.constantFrom('no spaces', '', 'x'.repeat(65)),
    ),
    videoId: fc.oneof(name, fc.constantFrom('v1', 'v2', PROBE_SERIES.videoId)),
    type: fc.constantFrom('view', 'like', PROBE_SERIES.type, 'Wrong'),
    time,
    value: fc.oneof(fc.integer({ min: -1e9, max: 1e9 }), fc.constantFrom('1.5', 0.0001, {})),
    viewerId: fc.oneof(name, fc.constant(5)),
    channelId: name,
    attributes: fc.dictionary(fc.stringMatching(/^[a-z_]{1,9}$/), name, { maxKeys: 4 }),
    extra: fc.constant(1),
  },
  { requiredKeys: ['id', 'videoId', 'type', 'time'] },
)
const form = fc.constantFrom('array', 'envelope', 'lines', 'one', 'broken', 'cloud events')

function bodyOf(events: readonly object[], how: string): [string, string] {
  switch (how) {
    case 'envelope':
      return [JSON.stringify({ events }), JSON_TYPE]
    case 'lines':
      return [events.map((event) => JSON.stringify(event)).join('\n'), 'application/x-ndjson']
    case 'one':
      return [JSON.stringify(events[0] ?? {}), JSON_TYPE]
    case 'broken':
      return [JSON.stringify(events).slice(0, -1), JSON_TYPE]
    case 'cloud events':
      return [JSON.stringify(events.map(asCloudEvent)), 'application/cloudevents-batch+json']
    default:
      return [JSON.stringify(events), JSON_TYPE]
  }
}

function asCloudEvent(event: object): object {
  const { id, videoId, type, time: timeMs, value } = event as Record<string, unknown>
  const at = typeof timeMs === 'number' ? new Date(timeMs).toISOString() : timeMs
  return { specversion: '1.0', id, source: '/player', subject: videoId, type, time: at, data: { value } }
}

describe('Threads that pack bodies', () => {
  let threads: DoorThreads
  let directory: TemporaryDirectory

  before(async () => {
    directory = await temporaryDirectory()
    threads = await openThreads()
  })
  after(async () => {
    await threads.close()
    await directory[Symbol.asyncDispose]()
  })

  test('answer and place all events as the door does without them', async () => {
    const request = fc.tuple(fc.array(sentEvent, { maxLength: 30 }), form, fc.boolean())
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 1, maxLength: 4 }), async (requests) => {
        const doors = bothDoors(threads, () => ({
          limits: { recordEventsMax: 20 },
          keys: keyRing('a-key=a,b-key=b'),
        }))
        await compare(
          doors,
          requests.map(([events, how, isGzipped], i): Parameters<Post> => {
            const [body, contentType] = bodyOf(events, how)
            const headers = {
              'content-type': contentType,
              authorization: `Bearer ${i % 2 === 0 ? 'a' : 'b'}-key`,
              'user-agent': i % 3 === 0 ? 'Googlebot/2.1' : 'player',
            }
            if (!isGzipped) return [body, headers]
            return [gzipSync(body), { ...headers, 'content-encoding': 'gzip' }]
          }),
        )
      }),
      { numRuns: 60 },
    )
  })

  test('take what many connections send at the same time, each event once', async () => {
    const { post, stored } = openDoor({ packing: threads })
    const bodies = Array.from({ length: 40 }, (_, request) =>
      Array.from({ length: 250 }, (_, i) => anEvent({ id: `r${request}-e${i}`, videoId: `v${i % 50}` })),
    )
    const answers = await Promise.all(bodies.map((body) => post(body)))
    for (const answer of answers) assert.deepEqual(answer.json(), { accepted: 250, late: 0, rejected: [] })
    const found = await stored()
    const ids = new Set(found.map(({ event }) => event.id))
    assert.deepEqual([found.length, ids.size], [10_000, 10_000])
    for (const { partition, event } of found) assert.equal(partition, route(LAYOUTS, event))
  })

  test('route by the layouts of the moment in which a body came, in every thread', async () => {
    const minute = minuteOf(NOW_MS)
    const later: Layout = {
      ...LAYOUTS[0]!,
      version: 2,
      fromMinute: minute + 1,
      partitions: 2,
      overflow: true,
    }
    let layouts = LAYOUTS
    const { post, stored } = openDoor({
      packing: threads,
      layouts: { current: () => layouts, unknownFromMinute: () => Number.POSITIVE_INFINITY },
    })
    const body = (from: number) =>
      Array.from({ length: 60 }, (_, i) =>
        anEvent({ id: `e${from + i}`, videoId: `v${i}`, time: NOW_MS + (i % 2) * MINUTE_MS }),
      )
    const before = [post(body(0)), post(body(100))]
    await Promise.all(before)
    layouts = [...LAYOUTS, later]
    await Promise.all([post(body(200)), post(body(300)), post(body(400))])
    for (const { lane, partition, event } of await stored()) {
      const inForce = Number(event.id.slice(1)) < 200 ? LAYOUTS : layouts
      assert.equal(partition, route(inForce, event))
      const isOverflow = inForce.length === 2 && minuteOf(event.timeMs) > minute
      assert.equal(lane, isOverflow ? 'events-overflow' : 'events')
    }
  })

  test('store nothing of a request beyond the rate of its tenant', async () => {
    const doors = bothDoors(threads, () => ({
      limits: { eventsPerSecondMax: 10 },
      keys: keyRing('a-key=a,b-key=b'),
    }))
    const events = (from: number) => Array.from({ length: 8 }, (_, i) => anEvent({ id: `e${from + i}` }))
    const as = (key: string) => ({ authorization: `Bearer ${key}` })
    const requests = [0, 8, 16, 24].map((from): Parameters<Post> => [events(from), as('a-key')])
    await compare(doors, [...requests, [events(32), as('b-key')]])
    assert.equal((await doors.packed.stored()).length, 24)
  })

  test('reject new videos beyond the quota of a tenant, whichever thread reads them', async () => {
    const doors = bothDoors(threads, () => ({ limits: { newVideosPerMinuteMax: 5, eventsPerSecondMax: 40 } }))
    const of = (...videoIds: string[]): Parameters<Post> => [
      [...videoIds.map((videoId, i) => anEvent({ id: `${videoId}-${i}`, videoId })), { id: '' }],
    ]
    await compare(doors, [
      of('a', 'b', 'a'),
      of('c', 'd', 'a', 'e', 'f', 'e', 'g', 'b'),
      of('h', 'i'),
      of('a', 'e'),
      of(...Array.from({ length: 30 }, (_, i) => `v${i}`)),
      of('a'),
    ])
    const { sums } = doors.packed
    assert.ok(sums.too_many_new_videos! > 3)
  })

  test('tell how often videos are named, so that hot ones are split', async () => {
    const noted = { packed: new Map<string, number>(), plain: new Map<string, number>() }
    const note = (to: Map<string, number>) => ({
      note: (events: readonly { tenant: string; videoId: string }[]) => {
        for (const { videoId } of events) to.set(videoId, (to.get(videoId) ?? 0) + 1)
      },
    })
    const events = [
      ...Array.from({ length: 7 }, (_, i) => anEvent({ id: `e${i}`, videoId: 'hot' })),
      anEvent({ id: 'f', videoId: 'cold' }),
      anEvent({ id: 'g', videoId: 'cold', time: NOW_MS - 2 * horizonMs }),
    ]
    await openDoor({ packing: threads, hotVideos: note(noted.packed) }).post(events)
    await openDoor({ hotVideos: note(noted.plain) }).post(events)
    assert.deepEqual(noted.packed, noted.plain)
    assert.equal(noted.packed.get('hot'), 7)
  })

  test('are not asked for small bodies, nor for what cannot be told by its media type', async () => {
    const asked: number[] = []
    const pack: Packing['pack'] = (body, ...rest) => {
      asked.push(body.length)
      return threads.pack(body, ...rest)
    }
    const { post, stored } = openDoor({ packing: { isUp: true, waitedMs: 0, bodyBytesMin: 1_000, pack } })
    await post(anEvent())
    const large = JSON.stringify(Array.from({ length: 50 }, (_, i) => anEvent({ id: `e${i}` })))
    await post(large)
    await post(`${' '.repeat(2_000)}{"value": 1}`, {
      'ce-specversion': '1.0',
      'ce-id': 'c1',
      'ce-source': '/player',
      'ce-type': 'view',
      'ce-subject': 'v1',
      'ce-time': new Date(NOW_MS).toISOString(),
    })
    assert.deepEqual(asked, [large.length])
    assert.equal((await stored()).length, 52)
  })

  /** A thread that reads as others do, until a body is named for its end. */
  async function mortal(): Promise<URL> {
    const file = join(directory.path, 'mortal.mjs')
    const real = new URL('./door-worker.ts', import.meta.url)
    await writeFile(
      file,
      `import { parentPort } from 'node:worker_threads'
      parentPort.on('message', ({ body }) => {
        if (body !== undefined && Buffer.from(body).includes('"die"')) process.exit(7)
      })
      await import(${JSON.stringify(real.href)})`,
    )
    return pathToFileURL(file)
  }

  test('die alone: what one had is told to be not stored, others go on, and another takes its place', async () => {
    const errors: { err: Error }[] = []
    let deaths = 0
    const metrics = { died: () => void deaths++ }
    const packing = await openThreads({ count: 2, file: await mortal(), metrics }, errors)
    const { post, stored } = openDoor({ packing })
    const [died, ...others] = await Promise.all([
      post(anEvent({ id: 'die' })),
      ...Array.from({ length: 6 }, (_, i) => post(anEvent({ id: `e${i}` }))),
    ])
    assert.equal(died!.statusCode, 503)
    assert.equal(died!.json().type, 'urn:tally:problem:overloaded')
    const taken = others.filter(({ statusCode }) => statusCode === 202)
    assert.ok(taken.length >= 3)
    for (const { statusCode } of others) assert.ok([202, 503].includes(statusCode))
    assert.equal((await stored()).length, taken.length)
    assert.match(errors[0]!.err.message, /ended with exit code 7/)
    assert.equal(deaths, 1)
    assert.equal((await post(anEvent({ id: 'after' }))).statusCode, 202)
    await packing.close()
  })

  test('are done without while all are dead, and used again when they are back', async () => {
    const clock = new ManualClock()
    const packing = await openThreads({ count: 1, file: await mortal(), clock })
    const { post, stored } = openDoor({ packing })
    assert.equal((await post(anEvent({ id: 'die' }))).statusCode, 503)
    assert.deepEqual([packing.isUp, packing.up], [false, 0])
    assert.equal((await post(anEvent({ id: 'die' }))).statusCode, 202)
    clock.advance(1_000)
    await until('another takes its place', () => packing.isUp)
    assert.equal((await post(anEvent({ id: 'e1' }))).statusCode, 202)
    assert.equal((await stored()).length, 2)
    await packing.close()
  })

  test('end with those who wait told to go elsewhere', async () => {
    const file = join(directory.path, 'silent.mjs')
    await writeFile(
      file,
      `import { parentPort } from 'node:worker_threads'
      parentPort.on('message', () => {})
      parentPort.postMessage('ready')`,
    )
    const silent = await openThreads({ file: pathToFileURL(file) })
    const given = Promise.withResolvers<void>()
    const pack: Packing['pack'] = (...body) => {
      given.resolve()
      return silent.pack(...body)
    }
    const { post, stored } = openDoor({ packing: { isUp: true, waitedMs: 0, bodyBytesMin: 0, pack } })
    const waiting = post(anEvent())
    await given.promise
    assert.equal(silent.waitedMs, 0, 'the other thread has nothing to do')
    const other = post(anEvent())
    await until('it has waited', () => silent.waitedMs > 0)
    await silent.close()
    assert.equal((await other).statusCode, 503)
    const answer = await waiting
    assert.deepEqual([answer.statusCode, answer.json().type], [503, 'urn:tally:problem:closing'])
    assert.deepEqual(await stored(), [])
  })

  test('are not begun where one takes no bodies in time, and it is ended', async () => {
    const file = join(directory.path, 'hangs.mjs')
    await writeFile(file, 'setInterval(() => {}, 1_000)')
    const clock = new ManualClock()
    const opening = openThreads({ count: 1, file: pathToFileURL(file), clock })
    clock.advance(START_MS_MAX)
    await assert.rejects(opening, /took no bodies within 30 s/)
  })

  test('are not begun where one cannot be', async () => {
    const file = join(directory.path, 'broken.mjs')
    await writeFile(file, `throw new Error('no such thing')`)
    await assert.rejects(openThreads({ file: pathToFileURL(file) }), /no such thing/)
  })
})
