import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { LogError } from '../../stores/log/log.ts'
import { anEvent, type DoorOptions, NOW_MS, openDoor } from '../../testing/door-fixture.ts'
import { keyRing } from '../../testing/key-ring.ts'

type Sent = { body: string | Buffer | object; headers?: Record<string, string>; door?: DoorOptions }
type Answered = {
  status: number
  type?: string
  json?: object
  headers?: Record<string, string>
  stored?: string[]
}

/** Sends one request to a new front door, and checks the answer and the ids in the log. */
function check(name: string, sent: Sent, expected: Answered): void {
  test(name, async () => {
    const door = openDoor(sent.door)
    const answer = await door.post(sent.body, sent.headers)
    assert.equal(answer.statusCode, expected.status, answer.body)
    const json = answer.json()
    if (expected.status === 202) {
      assert.equal(answer.headers['content-type'], 'application/json; charset=utf-8')
    } else {
      assert.equal(answer.headers['content-type'], 'application/problem+json; charset=utf-8')
      assert.equal(json.status, expected.status)
      assert.equal(json.type, `urn:tally:problem:${expected.type}`)
    }
    for (const [key, value] of Object.entries(expected.json ?? {})) assert.deepEqual(json[key], value)
    for (const [key, value] of Object.entries(expected.headers ?? {}))
      assert.equal(answer.headers[key], value)
    const ids = (await door.stored()).map(({ event }) => event.id)
    assert.deepEqual(ids.sort(), expected.stored ?? [])
    await door.app.close()
  })
}

const GZIP = { 'content-encoding': 'gzip' }
const NDJSON = { 'content-type': 'application/x-ndjson' }
const CLOUD = { 'content-type': 'application/cloudevents+json' }
const CLOUD_BATCH = { 'content-type': 'application/cloudevents-batch+json' }
const OK = { status: 202, json: { accepted: 1, late: 0, rejected: [] }, stored: ['e-1'] }
const [A, B] = [anEvent({ id: 'a' }), anEvent({ id: 'b' })]
const BOTH = { status: 202, json: { accepted: 2, late: 0, rejected: [] }, stored: ['a', 'b'] }

check('one event', { body: anEvent() }, OK)
check('an array', { body: [A, B] }, BOTH)
check('an envelope', { body: { events: [A, B] } }, BOTH)
check('a charset', { body: anEvent(), headers: { 'content-type': 'Application/JSON; charset="UTF-8"' } }, OK)
check('a byte order mark', { body: `\ufeff${JSON.stringify(anEvent())}` }, OK)
check('gzip', { body: gzipSync(JSON.stringify(anEvent())), headers: GZIP }, OK)
check('identity', { body: anEvent(), headers: { 'content-encoding': 'identity' } }, OK)
check(
  'lines, blank ones and a bad one among them',
  { body: `\n${JSON.stringify(A)}\r\n\r\n{"id":\n5\n${JSON.stringify(B)}`, headers: NDJSON },
  {
    status: 202,
    stored: ['a', 'b'],
    json: {
      accepted: 2,
      rejected: [
        { index: 1, code: 'invalid_event', detail: 'the line is not valid JSON' },
        { index: 2, code: 'invalid_event', detail: 'an event must be an object' },
      ],
    },
  },
)
check(
  'late events are accepted into their own lane',
  { body: [A, anEvent({ id: 'b', time: NOW_MS - 3_600_000 })] },
  { ...BOTH, json: { accepted: 2, late: 1, rejected: [] } },
)
check(
  'a bad event does not harm its neighbours',
  { body: [A, { ...B, id: '' }, 7, B] },
  {
    status: 202,
    stored: ['a', 'b'],
    json: {
      accepted: 2,
      rejected: [
        { index: 1, code: 'invalid_id', detail: 'id must be 1–64 of A–Z a–z 0–9 . _ : -' },
        { index: 2, code: 'invalid_event', detail: 'an event must be an object' },
      ],
    },
  },
)
const cloud = {
  specversion: '1.0',
  id: 'e-1',
  source: '/player',
  type: 'view',
  subject: 'v1',
  time: '2026-11-21T09:00:00Z',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  data: { value: 4.5, viewerId: 'x', attributes: { country: 'DE' } },
}

const NOT_JSON = 'the line is not valid JSON'
const padded = (event: object, bytes: number) =>
  `{${JSON.stringify(event)
    .slice(1)
    .padStart(bytes - 1)}`
const tooLarge = { index: 0, code: 'too_large', detail: 'an event must have at most 32768 bytes' }
check(
  'an event that is too large',
  { body: [anEvent({ junk: 'é'.repeat(16_384) }), A] },
  { status: 202, stored: ['a'], json: { rejected: [tooLarge] } },
)
check(
  'a line that is too large',
  { body: `${'x'.repeat(40_000)}\n${JSON.stringify(A)}`, headers: NDJSON },
  { status: 202, stored: ['a'], json: { rejected: [tooLarge] } },
)
check(
  'a good event in a line that is too large, beside the largest line',
  {
    body: `${padded(anEvent(), 32_769)}\n${padded(A, 32_768)}`,
    headers: NDJSON,
  },
  { status: 202, stored: ['a'], json: { rejected: [tooLarge] } },
)
check(
  'a line that is large but not too large',
  { body: `${'x'.repeat(32_768)}\n${JSON.stringify(A)}`, headers: NDJSON },
  { status: 202, stored: ['a'], json: { rejected: [{ index: 0, code: 'invalid_event', detail: NOT_JSON }] } },
)
check(
  'a good CloudEvent that is too large',
  {
    body: [
      { ...cloud, padding: 'x'.repeat(32_768) },
      { ...cloud, id: 'a' },
    ],
    headers: CLOUD_BATCH,
  },
  { status: 202, stored: ['a'], json: { rejected: [tooLarge] } },
)

check(
  'not one good event',
  { body: [anEvent({ type: 5 })] },
  {
    status: 422,
    type: 'no-event-accepted',
    json: {
      accepted: 0,
      late: 0,
      rejected: [
        {
          index: 0,
          code: 'invalid_type',
          detail: 'type must be a lower-case letter and then at most 31 of a–z 0–9 _ -',
        },
      ],
    },
  },
)
const NOTHING = { status: 422, type: 'no-event-accepted', json: { accepted: 0, late: 0, rejected: [] } }
check('an empty array', { body: [] }, NOTHING)
check('an empty envelope', { body: { events: [] } }, NOTHING)
check('lines without one', { body: '\n\r\n \n', headers: NDJSON }, NOTHING)
check('__proto__ at the top', { body: '{"__proto__":{"events":[]}}' }, { ...NOTHING, json: { accepted: 0 } })

const UNREADABLE = { status: 400, type: 'unreadable-body' }
check('no body', { body: '' }, UNREADABLE)
check('half a body', { body: '{"id":' }, UNREADABLE)
check('bytes that are not UTF-8', { body: Buffer.from([0x22, 0xff, 0x22]) }, UNREADABLE)
check('events that are no array', { body: { events: 5 } }, UNREADABLE)
check('an envelope with more in it', { body: { events: [A], id: 'x' } }, UNREADABLE)
check('what is not gzip', { body: 'plain', headers: GZIP }, UNREADABLE)
check('gzip cut short', { body: gzipSync(JSON.stringify(A)).subarray(0, 30), headers: GZIP }, UNREADABLE)
check('gzip of nothing', { body: Buffer.alloc(0), headers: GZIP }, UNREADABLE)
check('a batch that is no array', { body: {}, headers: CLOUD_BATCH }, UNREADABLE)

check('a body too large', { body: Buffer.alloc((1 << 20) + 1) }, { status: 413, type: 'body-too-large' })
const bomb = gzipSync(Buffer.alloc(50 << 20))
const TOO_LARGE = { status: 413, type: 'body-too-large' }
check(
  'a deep nest',
  { body: '{"0":'.repeat(5_000) + 1 + '}'.repeat(5_000) },
  { ...NOTHING, json: { accepted: 0 } },
)
check('a megabyte of brackets', { body: '['.repeat(1 << 20) }, TOO_LARGE)
check('a megabyte of keys', { body: `{${keysOf(80_000)}}` }, TOO_LARGE)
check('a megabyte of numbers', { body: `[1${',1'.repeat(500_000)}]` }, TOO_LARGE)
check('a gzip bomb', { body: bomb, headers: GZIP }, { status: 413, type: 'body-too-large' })
const many = Array.from({ length: 1_001 }, (_, at) => anEvent({ id: `e${at}` }))
check('too many events', { body: many }, { status: 413, type: 'too-many-events' })
check('a thousand events', { body: many.slice(1) }, { status: 202, stored: many.slice(1).map(idOf).sort() })
check(
  'too many lines',
  { body: '{}\n'.repeat(1_001), headers: NDJSON },
  { status: 413, type: 'too-many-events' },
)

for (const type of [
  'text/plain',
  'application/xml',
  'application/json; charset=latin1',
  'application/json, text/plain',
  'application/json\t; x',
  'application/jsonx',
  'application/ json',
  ' ',
]) {
  const sent = { body: anEvent(), headers: { 'content-type': type } }
  check(`content type «${type}»`, sent, { status: 415, type: 'unsupported-media-type' })
}
for (const encoding of ['br', 'gzip, gzip', 'deflate', 'zstd', '']) {
  const sent = { body: anEvent(), headers: { 'content-encoding': encoding } }
  check(`content encoding «${encoding}»`, sent, {
    status: 415,
    type: 'unsupported-encoding',
    headers: { 'accept-encoding': 'gzip, identity' },
  })
}

check('a CloudEvent', { body: cloud, headers: CLOUD }, OK)
check('a batch of CloudEvents', { body: [cloud], headers: CLOUD_BATCH }, OK)

const keys = keyRing('secret=acme')
const withKeys = { body: anEvent(), door: { keys } }
check('no key', withKeys, {
  status: 401,
  type: 'unauthorized',
  headers: { 'www-authenticate': 'Bearer realm="tally"' },
})
check(
  'an unknown key',
  { ...withKeys, headers: { 'x-api-key': 'other' } },
  { status: 403, type: 'forbidden' },
)
check('a known key', { ...withKeys, headers: { authorization: 'Bearer secret' } }, OK)

const RETRY = { 'retry-after': '1' }
check(
  'a log that fails',
  { body: [A], door: { append: () => () => Promise.reject(new LogError('unavailable', 'secret inside')) } },
  { status: 503, type: 'log-unavailable', headers: RETRY },
)

test('the tenant comes from the key and never from the body', async () => {
  const door = openDoor({ keys })
  await door.post(anEvent(), { 'x-api-key': 'secret' })
  assert.deepEqual(
    (await door.stored()).map(({ event }) => event.tenant),
    ['acme'],
  )
})

test('a method other than POST is refused with the one that is allowed', async () => {
  const { app } = openDoor()
  const answer = await app.inject({ method: 'GET', url: '/v1/events' })
  assert.equal(answer.statusCode, 405)
  assert.equal(answer.headers.allow, 'OPTIONS, POST')
})

function keysOf(count: number): string {
  return Array.from({ length: count }, (_, at) => `"k${at}":1`).join()
}

function idOf(event: object): string {
  return (event as { id: string }).id
}

test('the source of a CloudEvent is kept beside its id, and other events have none', async () => {
  const door = openDoor()
  const batch = ['/a', '/b', ' '].map((source) => ({ ...cloud, source }))
  const answer = await door.post(batch, CLOUD_BATCH)
  const { accepted, rejected } = answer.json()
  assert.deepEqual([accepted, rejected.length, rejected[0].code], [2, 1, 'invalid_id'])
  await door.post(anEvent())
  const sources = (await door.stored()).map(({ event }) => `${event.id} of ${event.source}`)
  assert.deepEqual(sources.sort(), ['e-1 of /a', 'e-1 of /b', 'e-1 of null'])
  await door.app.close()
})

test('a CloudEvent from before sources belong to names is stored without one, late or not', async () => {
  const door = openDoor({ sourcesFromMs: NOW_MS })
  const times = [NOW_MS, NOW_MS - 1, NOW_MS - 3_600_000].map((time) => new Date(time).toISOString())
  await door.post(
    times.map((time) => ({ ...cloud, time })),
    CLOUD_BATCH,
  )
  const sources = (await door.stored()).map(({ lane, event }) => `${lane}: ${event.source}`)
  assert.deepEqual(sources.sort(), ['events-late: null', 'events: /player', 'events: null'])
  await door.app.close()
})
