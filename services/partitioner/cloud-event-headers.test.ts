import assert from 'node:assert/strict'
import { connect } from 'node:net'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { NOW_MS, openDoor } from '../../testing/door-fixture.ts'
import { decodeValue } from './cloud-event-headers.ts'

const ATTRIBUTES = {
  'ce-specversion': '1.0',
  'ce-id': 'e-1',
  'ce-source': '/player',
  'ce-type': 'view',
  'ce-subject': 'v1',
  'ce-time': '2026-11-21T09:00:00Z',
}
const DATA = '{"value": 4.5, "viewerId": "x", "attributes": {"country": "DE"}}'

type Headers = Record<string, string | undefined>

async function send(headers: Headers, body: string | Buffer) {
  const door = openDoor()
  const all = { ...ATTRIBUTES, 'content-type': 'application/json', ...headers }
  const sent = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
  const answer = await door.app.inject({
    method: 'POST',
    url: '/v1/events',
    headers: sent as Record<string, string>,
    ...(body.length > 0 ? { payload: body } : {}),
  })
  return { answer, stored: await door.stored() }
}

function accepts(name: string, headers: Headers, body: string | Buffer, fields: object = {}): void {
  test(`accepted: ${name}`, async () => {
    const { answer, stored } = await send(headers, body)
    assert.equal(answer.statusCode, 202, answer.body)
    assert.equal(stored.length, 1)
    assert.deepEqual({ ...stored[0]!.event, ...fields }, stored[0]!.event)
  })
}

function refuses(name: string, headers: Headers, body: string, status: number, says: RegExp): void {
  test(`${status}: ${name}`, async () => {
    const { answer, stored } = await send(headers, body)
    assert.equal(answer.statusCode, status, answer.body)
    const { detail, rejected } = answer.json()
    assert.match(rejected?.[0].detail ?? detail, says)
    assert.deepEqual(stored, [])
  })
}

accepts('attributes in headers, data in the body', {}, DATA, {
  ...{ tenant: '', videoId: 'v1', type: 'view', id: 'e-1', timeMs: NOW_MS, source: '/player' },
  ...{ valueThousandths: 4_500, viewerId: 'x', attributes: '{"country":"DE"}' },
})
accepts('the Content-Type of the JavaScript SDK', { 'content-type': 'application/json; charset=utf-8' }, DATA)
accepts('a type of JSON', { 'content-type': 'application/vnd.example+json' }, DATA)
accepts('data without a type is JSON', { 'content-type': undefined }, DATA, { valueThousandths: 4_500 })
accepts('no body and no type', { 'content-type': undefined }, '', { valueThousandths: null })
accepts('no body of a JSON type', {}, '')
accepts('no body of any type', { 'content-type': 'application/octet-stream' }, '')
accepts('null as data', {}, 'null')
accepts('gzip', { 'content-encoding': 'gzip' }, gzipSync(DATA), { valueThousandths: 4_500 })
accepts(
  'extensions are ignored',
  { 'ce-traceparent': '00-a-b-01', 'ce-dataschema': 'x', 'ce-bin': '%zz' },
  DATA,
)
accepts('escapes', { 'ce-subject': 'Euro%20%E2%82%AC%20%F0%9F%98%80' }, DATA, {
  videoId: 'Euro \u20ac \u{1f600}',
})
accepts('escapes are decoded once', { 'ce-subject': '%2541' }, DATA, { videoId: '%41' })
accepts('quotes of older senders', { 'ce-subject': '"a \\"b\\" c"' }, DATA, { videoId: 'a "b" c' })
accepts('a space', { 'ce-subject': 'two cats' }, DATA, { videoId: 'two cats' })
accepts(
  'headers that repeat what a structured event holds',
  { 'content-type': 'application/cloudevents+json', 'ce-id': 'other', 'ce-specversion': '9' },
  JSON.stringify({
    ...{ specversion: '1.0', id: 'inside', source: '/s', type: 'view', subject: 'v', time: NOW_MS },
  }),
  { id: 'inside', source: '/s' },
)

for (const [name, says] of [
  ['ce-specversion', /^ce-specversion must be "1\.0"$/],
  ['ce-id', /^ce-id is required$/],
  ['ce-source', /^ce-source is required$/],
  ['ce-type', /^ce-type is required$/],
  ['ce-subject', /^ce-subject \(videoId\) is required$/],
  ['ce-time', /^ce-time is required$/],
] as const) {
  refuses(`all but ${name}`, { [name]: undefined }, DATA, 422, says)
}
for (const name of Object.keys(ATTRIBUTES)) {
  const alone = Object.fromEntries(Object.keys(ATTRIBUTES).map((other) => [other, undefined]))
  const event = JSON.stringify({ id: 'e-1', videoId: 'v1', type: 'view', time: NOW_MS })
  refuses(`${name} alone beside a plain event`, { ...alone, [name]: 'x' }, event, 422, /^ce-specversion/)
}
refuses('another version', { 'ce-specversion': '0.3' }, DATA, 422, /^ce-specversion must be/)
refuses('a % that is none', { 'ce-subject': '50% off' }, DATA, 422, /^ce-subject must be printable ASCII/)
refuses('an overlong space', { 'ce-subject': '%C0%A0' }, DATA, 422, /^ce-subject must be printable ASCII/)
refuses('half a character', { 'ce-subject': '%E2%82' }, DATA, 422, /^ce-subject must be printable ASCII/)
refuses('bytes of some encoding', { 'ce-subject': 'caf\u00e9' }, DATA, 422, /^ce-subject must be printable/)
refuses('a line end', { 'ce-id': 'a%0Ab' }, DATA, 422, /^ce-id must be/)
refuses('epoch milliseconds', { 'ce-time': String(NOW_MS) }, DATA, 422, /^ce-time must be/)
refuses('data that is no object', {}, '5', 422, /^the body \(data\) must be an object/)
refuses('an unknown field', {}, '{"x": 1}', 422, /^data: "x" is not a field/)
refuses('a bad field', {}, '{"value": "x"}', 422, /^data\.value must be/)
refuses('an attribute in the data', {}, '{"id": "x"}', 422, /^data\.id belongs in the CloudEvent itself/)
refuses('data that is too large', {}, `{"x": [${'1,'.repeat(20_000)}1]}`, 422, /at most 32768 bytes/)
refuses('data that is not JSON', {}, '{"value": ', 400, /not valid JSON/)
refuses('text', { 'content-type': 'text/plain' }, 'text', 415, /data of a CloudEvent.*application\/json/)
refuses('bytes', { 'content-type': 'application/octet-stream' }, '{}', 415, /application\/json/)
refuses('other charsets', { 'content-type': 'application/json; charset=latin1' }, DATA, 415, /UTF-8/)

test('a header that is sent twice is named', async (t) => {
  const { app, stored } = openDoor()
  t.after(() => app.close())
  const url = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  const lines = Object.entries({ ...ATTRIBUTES, Host: 'localhost', Connection: 'close' })
  const head = [...lines, ['ce-subject', 'v2']].map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const socket = connect(Number(url.port), '127.0.0.1')
  socket.end(`POST /v1/events HTTP/1.1\r\n${head}Content-Length: 0\r\n\r\n`)
  let answer = ''
  for await (const chunk of socket) answer += chunk
  assert.match(answer, /^HTTP\/1.1 422 /)
  assert.match(answer, /ce-subject must not be sent more than once/)
  assert.deepEqual(await stored(), [])
})

test('every text that is encoded as the binding says is decoded to itself', () => {
  const mustBeEncoded = /[^!-~]|["%]/gu
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => {
      fc.pre(text.isWellFormed())
      assert.equal(decodeValue(text.replace(mustBeEncoded, encodeURIComponent)), text)
    }),
  )
})
