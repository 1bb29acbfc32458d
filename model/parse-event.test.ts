import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ParsedEvent, parseEvent, parseEventWithSource } from './parse-event.ts'
import type { RejectionCode } from './rejection.ts'

const NOW_MS = Date.parse('2026-11-21T09:00:00Z')
const CONTEXT = {
  tenant: 'acme',
  nowMs: NOW_MS,
  horizonMs: 600_000,
  aheadMs: 60_000,
  retentionMs: 604_800_000,
  sourcesFromMs: 0,
}
const GOOD = { id: 'e-1', videoId: 'v1', type: 'view', time: NOW_MS }

/** Fields with `undefined` are left out, as JSON would. */
function parse(fields: object): ParsedEvent {
  return parseEvent(JSON.parse(JSON.stringify({ ...GOOD, ...fields })), CONTEXT)
}

function rejects(fields: object, code: RejectionCode, detail: RegExp): void {
  const shown = JSON.stringify(fields, (_, value) => value ?? null).slice(0, 80)
  test(`an event with ${shown} is ${code}`, () => {
    const parsed = parse(fields)
    assert.ok(!parsed.ok)
    assert.equal(parsed.code, code)
    assert.match(parsed.detail, detail)
    assert.ok(parsed.detail.length < 160)
  })
}

function accepts(fields: object, expected: object): void {
  test(`an event with ${JSON.stringify(fields).slice(0, 80)} is accepted`, () => {
    const parsed = parse(fields)
    assert.ok(parsed.ok)
    const { event, late } = parsed
    assert.deepEqual({ ...event, late }, { ...event, late, ...expected })
  })
}

test('a whole event is read field by field, with the tenant from the context', () => {
  const parsed = parse({
    time: '2026-11-21T08:59:59.5Z',
    value: '4.5',
    viewerId: 'x',
    channelId: 'c',
    attributes: { country: 'DE' },
  })
  assert.deepEqual(parsed, {
    ok: true,
    late: false,
    event: {
      tenant: 'acme',
      videoId: 'v1',
      type: 'view',
      id: 'e-1',
      timeMs: NOW_MS - 500,
      valueThousandths: 4500,
      viewerId: 'x',
      channelId: 'c',
      attributes: '{"country":"DE"}',
      source: null,
    },
  })
})

test('only what had the source of a CloudEvent may name one', () => {
  const sourced = { ...GOOD, source: '/player' }
  const refused = parseEvent(sourced, CONTEXT)
  assert.ok(!refused.ok && refused.code === 'unknown_field')
  for (const source of ['/player', 'a'.repeat(512), null, undefined]) {
    const parsed = parseEventWithSource({ ...GOOD, source }, CONTEXT)
    assert.ok(parsed.ok)
    assert.equal(parsed.event.source, source ?? null)
  }
  for (const source of ['', 'a b', 'a'.repeat(513), 'é', 5]) {
    const parsed = parseEventWithSource({ ...GOOD, source }, CONTEXT)
    assert.ok(!parsed.ok && parsed.code === 'invalid_id')
    assert.match(parsed.detail, /^source must be a URI-reference/)
  }
})

test('an event from before sources belong to names has none, whatever it says, but a faulty one is refused', () => {
  const context = { ...CONTEXT, sourcesFromMs: NOW_MS }
  for (const [time, source] of [
    [NOW_MS - 1, null],
    [NOW_MS, '/player'],
  ] as const) {
    const parsed = parseEventWithSource({ ...GOOD, source: '/player', time }, context)
    assert.ok(parsed.ok)
    assert.equal(parsed.event.source, source)
    assert.ok(!parseEventWithSource({ ...GOOD, source: 'a b', time }, context).ok)
  }
})

accepts({}, { valueThousandths: null, viewerId: null, channelId: null, attributes: null, late: false })
accepts({ value: null, viewerId: null, channelId: null, attributes: null }, { valueThousandths: null })
accepts({ id: 'AZaz09._:-' }, { id: 'AZaz09._:-' })
accepts({ id: 'a'.repeat(64) }, { id: 'a'.repeat(64) })
accepts({ type: `a${'_'.repeat(31)}` }, { type: `a${'_'.repeat(31)}` })
accepts({ videoId: '動画 😀' }, { videoId: '動画 😀' })
accepts({ value: -0 }, { valueThousandths: 0 })
accepts({ attributes: {} }, { attributes: '{}' })

accepts({ time: NOW_MS - 600_000 }, { late: false })
accepts({ time: NOW_MS - 600_001 }, { late: true })
accepts({ time: NOW_MS - 604_800_000 }, { late: true })
accepts({ time: NOW_MS + 60_000 }, { late: false })
accepts({ time: NOW_MS - 59_999.6 }, { timeMs: NOW_MS - 60_000 })
rejects({ time: NOW_MS - 604_800_001 }, 'time_too_old', /^time .*604800 s ago/)
rejects({ time: NOW_MS + 60_001 }, 'time_in_future', /^time .*60 s ahead/)

for (const field of ['id', 'videoId', 'type', 'time']) {
  const code = field === 'videoId' ? 'invalid_video_id' : (`invalid_${field}` as RejectionCode)
  rejects({ [field]: undefined }, code, new RegExp(`^${field} is required$`))
  rejects({ [field]: null }, code, new RegExp(`^${field} is required$`))
  rejects({ [field]: '' }, code, new RegExp(`^${field} must`))
  rejects({ [field]: {} }, code, new RegExp(`^${field} must`))
  rejects({ [field]: true }, code, new RegExp(`^${field} must`))
}
rejects({ id: 'a'.repeat(65) }, 'invalid_id', /1–64/)
rejects({ id: 'a b' }, 'invalid_id', /A–Z/)
rejects({ id: 'a\n' }, 'invalid_id', /A–Z/)
rejects({ id: 5 }, 'invalid_id', /A–Z/)
rejects({ videoId: 'a\u0000' }, 'invalid_video_id', /control/)
rejects({ videoId: 'a'.repeat(129) }, 'invalid_video_id', /128/)
rejects({ type: 'View' }, 'invalid_type', /lower-case/)
rejects({ type: 'a'.repeat(33) }, 'invalid_type', /31/)
rejects({ type: 'view\n' }, 'invalid_type', /lower-case/)
rejects({ time: '2026-02-30T00:00:00Z' }, 'invalid_time', /RFC 3339/)
rejects({ time: '1764424000123.4' }, 'invalid_time', /as a number/)
rejects({ value: 0.1 + 0.2 }, 'invalid_value', /3 places/)
rejects({ value: '1e3' }, 'invalid_value', /^value/)
rejects({ value: 1e9 + 1 }, 'invalid_value', /1000000000/)
rejects({ value: [] }, 'invalid_value', /^value/)
rejects({ viewerId: '' }, 'invalid_viewer_id', /^viewerId/)
rejects({ viewerId: 5 }, 'invalid_viewer_id', /^viewerId/)
rejects({ channelId: '\ud800' }, 'invalid_channel_id', /^channelId/)

const pairs = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, 'v']))
accepts({ attributes: pairs(16) }, { attributes: JSON.stringify(pairs(16)) })
rejects({ attributes: pairs(17) }, 'invalid_attributes', /16 pairs/)
rejects({ attributes: [] }, 'invalid_attributes', /object/)
rejects({ attributes: 'a' }, 'invalid_attributes', /object/)
accepts({ attributes: { referrer: '' } }, { attributes: '{"referrer":""}' })
rejects({ attributes: { a: 'b', c: 1 } }, 'invalid_attributes', /^attributes\.c must be text/)
rejects({ attributes: { a: null } }, 'invalid_attributes', /\.a must/)
rejects({ attributes: { a: { b: 'c' } } }, 'invalid_attributes', /\.a must/)
accepts({ attributes: { a: '😀'.repeat(256) } }, { attributes: JSON.stringify({ a: '😀'.repeat(256) }) })
rejects({ attributes: { a: '😀'.repeat(257) } }, 'invalid_attributes', /256/)
rejects({ attributes: { a: 'x'.repeat(257) } }, 'invalid_attributes', /256/)
rejects({ attributes: { ['k'.repeat(65)]: 'x' } }, 'invalid_attributes', /64/)
rejects({ attributes: { '': 'x' } }, 'invalid_attributes', /keys/)

rejects({ videoID: 'v1' }, 'unknown_field', /^"videoID" is not/)
rejects({ tenant: 'other' }, 'unknown_field', /^"tenant"/)
rejects({ ['x'.repeat(10_000)]: 1 }, 'unknown_field', /^"x{64}…" is not/)
rejects({ constructor: 1 }, 'unknown_field', /^"constructor"/)
rejects({ toString: 1, id: undefined }, 'unknown_field', /^"toString"/)

test('__proto__ is an unknown field of an event, and plain data in attributes', () => {
  const event = parseEvent(JSON.parse('{"__proto__": {"id": "x"}}'), CONTEXT)
  assert.ok(!event.ok && event.code === 'unknown_field')
  const attributes = '{"__proto__":"a","constructor":"b"}'
  const parsed = parseEvent(
    JSON.parse(`{"attributes":${attributes},${JSON.stringify(GOOD).slice(1)}`),
    CONTEXT,
  )
  assert.ok(parsed.ok)
  assert.equal(parsed.event.attributes, attributes)
  assert.equal(({} as { a?: string }).a, undefined)
})

test('a cut name never ends in half a character', () => {
  const parsed = parse({ [`${'x'.repeat(63)}😀`]: 1 })
  assert.ok(!parsed.ok && parsed.detail.isWellFormed() && !parsed.detail.includes('\\ud83d'))
})

for (const input of [null, undefined, 5, 'event', true, [], [GOOD]]) {
  test(`${JSON.stringify(input)} is no event`, () => {
    const parsed = parseEvent(input, CONTEXT)
    assert.ok(!parsed.ok && parsed.code === 'invalid_event')
  })
}
