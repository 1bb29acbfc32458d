import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RejectionCode } from '../../model/rejection.ts'
import { NOW_MS } from '../../testing/door-fixture.ts'
import { parseCloudEvent } from './cloud-event.ts'
import { EVENT_LIMITS } from './limits.ts'

const CONTEXT = { ...EVENT_LIMITS, tenant: '', nowMs: NOW_MS, sourcesFromMs: 0 }
const CLOUD = {
  specversion: '1.0',
  id: 'e',
  source: '/s',
  type: 'view',
  subject: 'v',
  time: '2026-11-21T09:00:00Z',
}

function parse(fields: object) {
  return parseCloudEvent(JSON.parse(JSON.stringify({ ...CLOUD, ...fields })), CONTEXT)
}

function accepts(fields: object): void {
  test(`${JSON.stringify(fields)} is accepted`, () => assert.ok(parse(fields).ok))
}

function rejects(fields: object, code: RejectionCode, detail: RegExp): void {
  test(`${JSON.stringify(fields, (_, value) => value ?? null)} is ${code}`, () => {
    const parsed = parse(fields)
    assert.ok(!parsed.ok)
    assert.equal(parsed.code, code)
    assert.match(parsed.detail, detail)
  })
}

test('each field comes from its place', () => {
  const data = { value: '1.5', viewerId: 'x', channelId: 'c', attributes: { a: 'b' } }
  const parsed = parse({ data })
  assert.ok(parsed.ok)
  assert.deepEqual(parsed.event, {
    tenant: '',
    videoId: 'v',
    type: 'view',
    id: 'e',
    timeMs: NOW_MS,
    valueThousandths: 1500,
    viewerId: 'x',
    channelId: 'c',
    attributes: '{"a":"b"}',
    source: '/s',
  })
})

accepts({})
accepts({ data: null })
accepts({ datacontenttype: 'application/json; charset=utf-8' })
accepts({ datacontenttype: 'application/vnd.example+json' })
accepts({ traceparent: 'x', dataschema: 'https://example.org/s', sequence: 5 })
rejects({ specversion: '0.3' }, 'invalid_event', /^specversion/)
rejects({ specversion: undefined }, 'invalid_event', /^specversion/)
rejects({ source: '' }, 'invalid_event', /^source/)
rejects({ source: undefined }, 'invalid_event', /^source/)
accepts({ source: '!'.repeat(512) })
rejects({ source: '/'.repeat(513) }, 'invalid_id', /^source must be a URI-reference of 1–512/)
for (const source of ['a b', '/caf\u00e9', 'a\n', 5, ['/a']]) {
  rejects({ source }, typeof source === 'string' ? 'invalid_id' : 'invalid_event', /^source/)
}
rejects({ data: { source: '/other' } }, 'unknown_field', /^data\.source/)
rejects({ id: undefined }, 'invalid_id', /^id is required/)
rejects({ subject: undefined }, 'invalid_video_id', /^subject \(videoId\) is required/)
rejects({ time: undefined }, 'invalid_time', /^time is required/)
rejects({ type: 'com.example.View' }, 'invalid_type', /^type/)
rejects({ datacontenttype: 'text/xml' }, 'invalid_event', /^datacontenttype/)
rejects({ datacontenttype: 5 }, 'invalid_event', /^datacontenttype/)
rejects({ data: 'text' }, 'invalid_event', /^data/)
rejects({ data: [] }, 'invalid_event', /^data/)
rejects({ data_base64: 'AA==' }, 'unknown_field', /^data_base64/)
rejects({ data: { value: 'x' } }, 'invalid_value', /^data\.value/)
rejects({ data: { viewerId: 5 } }, 'invalid_viewer_id', /^data\.viewerId/)
rejects({ data: { attributes: 5 } }, 'invalid_attributes', /^data\.attributes/)
rejects({ data: { extra: 1 } }, 'unknown_field', /^data: "extra"/)
rejects({ data: { videoId: 'other' } }, 'unknown_field', /^data\.videoId/)

for (const input of [null, 5, 'x', []]) {
  test(`${JSON.stringify(input)} is no CloudEvent`, () => {
    const parsed = parseCloudEvent(input, CONTEXT)
    assert.ok(!parsed.ok && parsed.code === 'invalid_event')
  })
}

test('__proto__ in data is an unknown field', () => {
  const text = JSON.stringify({ ...CLOUD, data: {} }).replace('{}', '{"__proto__":{"value":1}}')
  const parsed = parseCloudEvent(JSON.parse(text), CONTEXT)
  assert.ok(!parsed.ok && parsed.code === 'unknown_field')
})
