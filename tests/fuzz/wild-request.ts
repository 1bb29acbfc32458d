// Requests that are broken in every way that HTTP still carries: bodies, types, encodings, headers. What must become of
// them is not known, only what must not.
import { gzipSync } from 'node:zlib'
import { MIB } from '../../lib/byte-units.ts'
import type { Random } from '../../simulator/random.ts'
import { goodRequest, type HttpRequest } from './good-request.ts'

const TYPES = [
  'application/json',
  'application/json; charset=utf-8',
  'application/json; charset=utf-16',
  'application/json;;',
  'APPLICATION/JSON',
  'application/x-ndjson',
  'application/cloudevents+json',
  'application/cloudevents-batch+json',
  'application/cloudevents',
  'application/octet-stream',
  'text/plain',
  'multipart/form-data; boundary=x',
  '\u00e9/\u00e9',
  '',
]
const ENCODINGS = ['gzip', 'x-gzip', 'identity', 'br', 'gzip, gzip', 'deflate', '', '\u00ff']
const NAMES = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'then',
  '',
  '\u0000',
  'events',
]
const TOKENS = [
  '[',
  ']',
  '{',
  '}',
  ':',
  ',',
  '"',
  '\\',
  '\\u',
  '1e999',
  '-0',
  'null',
  'NaN',
  '"events"',
  '\n',
  '\ufeff',
]

/** Inflates to a thousand times its size. */
const BOMB = gzipSync(Buffer.alloc(64 * MIB))

type Body = (random: Random) => Buffer

const text =
  (of: (random: Random) => string): Body =>
  (random) =>
    Buffer.from(of(random))
const nested = (open: string, close: string, random: Random) => {
  const depth = random.pick([1, 63, 64, 65, 1_000, 100_000])
  return (
    open.repeat(depth) +
    (random.chance(0.5) ? '1' : '') +
    close.repeat(random.chance(0.8) ? depth : depth - 1)
  )
}
const keys = (count: number, random: Random) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${random.int(0, 1e9)}-${at}`, at]))

const BODIES: readonly Body[] = [
  (random) => Buffer.from(Array.from({ length: random.int(0, 200) }, () => random.int(0, 255))),
  text((random) => Array.from({ length: random.int(0, 60) }, () => random.pick(TOKENS)).join('')),
  text((random) => nested('[', ']', random)),
  text((random) => nested('{"a":', '}', random)),
  text((random) => nested('{"events":[', ']}', random)),
  text((random) => JSON.stringify(keys(random.pick([1, 100, 5_000, 39_000]), random))),
  text((random) => JSON.stringify({ ['k'.repeat(random.pick([100, 40_000, 900_000]))]: 1 })),
  text(
    (random) =>
      `{"id":"a","videoId":"wild","type":"view","time":${random.pick(['0', '1e999', '-1', '"x"'])}}`,
  ),
  text(
    (random) =>
      `{"id":"a","videoId":"${random.pick(['\\ud800', '\\udc00x', '\\u0000', '\u00a0'])}","type":"view"}`,
  ),
  text((random) => `{"${random.pick(NAMES)}":{"${random.pick(NAMES)}":1},"id":"a","videoId":"wild"}`),
  text(
    (random) =>
      `[${Array.from({ length: random.pick([1_000, 1_001, 50_000]) }, () => random.pick(['{}', '1'])).join()}]`,
  ),
  text(
    (random) => `{"value":${random.pick(['9', '0.', '-'])}${'9'.repeat(random.pick([10, 1_000, 900_000]))}}`,
  ),
  text(
    (random) =>
      `"${random.pick(['\\u0061', '\\n', 'x', '\u{1f600}']).repeat(random.pick([10, 50_000, 150_000]))}"`,
  ),
  text((random) => random.pick([' ', '\n', ',', '[', '\t', '\r\n']).repeat(random.pick([1, 1_000, 500_000]))),
  (random) =>
    Buffer.alloc(random.pick([0, 1, MIB, MIB + 1, 3 * MIB]), random.pick([' ', '[', 'a', '\u0000'])),
  () => BOMB,
  (random) => BOMB.subarray(0, random.int(0, BOMB.length)),
  (random) => Buffer.concat([gzipSync('[]'), gzipSync('{"id":'), Buffer.alloc(random.int(0, 9))]),
  (random) => Buffer.from(`\ufeff${JSON.stringify([{ id: 'a', videoId: random.pick(NAMES) }])}`, 'utf16le'),
]

const CE = [
  'specversion',
  'id',
  'source',
  'type',
  'subject',
  'time',
  'dataschema',
  '__proto__',
  'x'.repeat(2_000),
]
const CE_VALUES = [
  '1.0',
  '',
  '%',
  '%zz',
  '%C0%A0',
  '"',
  '"\\"',
  '\u00e9',
  'a'.repeat(4_000),
  '%00',
  '(comment)',
  'view',
]
const HEADERS: readonly ((random: Random) => Record<string, string>)[] = [
  () => ({}),
  (random) => ({ [`ce-${random.pick(CE)}`]: random.pick(CE_VALUES) }),
  (random) => Object.fromEntries(CE.map((name) => [`ce-${name}`, random.pick(CE_VALUES)])),
  (random) => ({
    host: random.pick(['', 'x', 'localhost', '127.0.0.1:99999', '[::1', 'a'.repeat(300), 'evil.example']),
  }),
  (random) => ({ origin: random.pick(['null', 'http://evil.example', '', 'x', 'http://localhost']) }),
  (random) => ({ 'sec-fetch-site': random.pick(['cross-site', 'same-origin', 'none', 'x']) }),
  (random) => ({
    authorization: random.pick(['', 'Bearer', 'Bearer x', 'Basic eDp4', '\u00e9', 'Bearer '.repeat(500)]),
  }),
  (random) => ({ 'user-agent': random.pick(['', 'Googlebot/2.1', '\u00e9'.repeat(99), 'x'.repeat(8_000)]) }),
  (random) => ({
    'x-forwarded-for': random.pick(['::1', '1.1.1.1, '.repeat(200), 'x', '']),
    'x-request-id': '\u00e9',
  }),
  (random) => ({
    accept: random.pick(['text/csv', '*/*;q=x', 'a'.repeat(9_000)]),
    expect: random.pick(['100-continue', 'x']),
  }),
  (random) =>
    Object.fromEntries(Array.from({ length: random.pick([10, 300, 1_900]) }, (_, at) => [`x-${at}`, 'y'])),
]
const PATHS = [
  '/v1/events',
  '/v1/events',
  '/v1/events',
  '/v1/events/validate',
  '/v1/events?key=%00',
  '/v1/events/%',
  '/v1/query',
  '/v1/videos/%00/stats?eventType=view&function=count',
  '/v1/videos/__proto__/summary',
  '/v1/top?eventType=view&limit=1e9',
  '/v1/live/%2e%2e/x',
  `/v1/videos/${'x'.repeat(3_000)}/stats`,
]
const METHODS = ['POST', 'POST', 'POST', 'POST', 'PUT', 'GET', 'DELETE', 'PATCH', 'OPTIONS', 'QUERY', 'HEAD']

/** Its events, should any be taken, are of other videos than those of good requests. */
export function wildRequest(random: Random, number: number, nowMs: number): HttpRequest {
  const headers: Record<string, string> = {
    'content-type': random.pick(TYPES),
    ...random.pick(HEADERS)(random),
  }
  if (random.chance(0.4)) headers['content-encoding'] = random.pick(ENCODINGS)
  const isMutated = random.chance(0.5)
  const method = isMutated ? 'POST' : random.pick(METHODS)
  const path = isMutated ? '/v1/events' : random.pick(PATHS)
  if (!isMutated) return { method, path, headers, body: random.pick(BODIES)(random) }
  const good = goodRequest(random, number, nowMs, 'wild')
  const kept = random.chance(0.8) ? good.headers : { ...good.headers, ...headers }
  return { method, path, headers: kept, body: mutated(good.body, random) }
}

/** Some bytes changed, inserted, cut out or repeated. */
function mutated(body: Buffer, random: Random): Buffer {
  let bytes = body
  for (let times = random.int(1, 4); times > 0; times--) {
    const at = random.int(0, bytes.length)
    const to = Math.min(bytes.length, at + random.int(1, 8))
    const put = random.pick<Buffer>([
      Buffer.alloc(0),
      Buffer.of(random.int(0, 255)),
      Buffer.from(random.pick(TOKENS)),
      bytes.subarray(random.int(0, at), at),
    ])
    bytes = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(random.chance(0.5) ? at : to)])
  }
  return bytes
}
