import assert from 'node:assert/strict'
import { test } from 'node:test'
import avsc from 'avsc'
import fc from 'fast-check'
import type { Event } from '../model/event.ts'
import { arbitraryEvent } from '../testing/arbitrary-event.ts'
import { encodeVersion, heldBy } from '../testing/encode-version.ts'
import { type EventSchema, policyFaults } from './append-only.ts'
import { SINGLE_OBJECT_HEADER_BYTES } from './framing.ts'
import { RecordBuilder } from './record.ts'
import { fingerprintOf, readEventSchemas } from './schema-files.ts'
import { loadSchemas, SchemaError, SchemaSet } from './schema-set.ts'
import { splitRecord } from './split-record.ts'

const SCHEMAS = readEventSchemas()
const TYPES = SCHEMAS.map((schema) => avsc.Type.forSchema(schema as avsc.Schema))

/** Fingerprints of schemas in logs, for ever: a schema file that was used must not change. */
const FINGERPRINTS = [0x100ea6bd1640f979n, 0xfe6ee0b741a08253n, 0xc592b32a8accd9e2n]

const EVENT: Event = {
  tenant: 'acme',
  videoId: 'video',
  type: 'view',
  id: 'e-1',
  timeMs: 1_795_252_184_993,
  valueThousandths: -1_500,
  viewerId: 'viewer',
  channelId: null,
  attributes: '{"country":"de"}',
  source: '/player',
}

function withField(schema: EventSchema, field: EventSchema['fields'][number]): EventSchema {
  return { ...schema, fields: [...schema.fields, field] }
}

function checkRefused(schemas: readonly EventSchema[], message: RegExp): void {
  assert.match(policyFaults(schemas).join('; '), message)
  assert.throws(() => new SchemaSet(schemas), { name: 'SchemaError', code: 'not_append_only', message })
}

test('no version that was ever written has changed', () => {
  assert.deepEqual(TYPES.map(fingerprintOf), FINGERPRINTS)
})

test('the canonical form leaves out what does not change the encoding', () => {
  assert.equal(
    JSON.stringify(TYPES[0]!.schema()),
    '{"name":"tally.Event","type":"record","fields":[{"name":"tenant","type":"string"},' +
      '{"name":"videoId","type":"string"},{"name":"type","type":"string"},{"name":"id","type":"string"},' +
      '{"name":"time","type":"long"},{"name":"value","type":["null","long"]},' +
      '{"name":"viewerId","type":["null","string"]},{"name":"channelId","type":["null","string"]}]}',
  )
})

test('all versions on file keep the policy', () => {
  assert.deepEqual(policyFaults(SCHEMAS), [])
})

test('a version that breaks the policy is refused', () => {
  const [v1, v2] = SCHEMAS as [EventSchema, EventSchema, EventSchema]
  const nullable = { name: 'region', type: ['null', 'string'], default: null }
  assert.deepEqual(policyFaults([v1, v2, withField(v2, nullable)]), [])

  checkRefused([v1, v2, withField(v1, nullable)], /version 3: field 8 must stay attributes/)
  checkRefused([v1, v2, v1], /version 3: field 8 must stay attributes/)
  checkRefused([v1, withField(v1, { name: 'n', type: 'long' })], /version 2: n must be a nullable string/)
  checkRefused(
    [v1, withField(v1, { ...nullable, default: '' })],
    /version 2: region must be a nullable string/,
  )
  checkRefused([v1, withField(v1, { ...nullable, type: ['string', 'null'] })], /version 2: region must be/)
  checkRefused([{ ...v1, fields: v1.fields.toReversed() }], /version 1: field 0 must be tenant/)
  checkRefused([v1, { ...v2, fields: v2.fields.slice(1) }], /version 2: field 0 must be tenant/)
})

test('a set of no versions is refused', () => {
  assert.throws(
    () => new SchemaSet([]),
    (error) => error instanceof SchemaError && error.code === 'no_versions',
  )
})

test('today’s reader reads every version; what a version did not have is null', () => {
  const schemas = loadSchemas()
  fc.assert(
    fc.property(arbitraryEvent, (event) => {
      for (const [i] of SCHEMAS.entries()) {
        assert.deepEqual(schemas.decodeEvent(encodeVersion(i + 1, event)), heldBy(i + 1, event))
      }
    }),
  )
})

test('a reader of each earlier version that knows today’s schema reads today’s events', () => {
  const bytes = encodeVersion(SCHEMAS.length, EVENT).subarray(SINGLE_OBJECT_HEADER_BYTES)
  const newest = TYPES.at(-1)!
  for (const type of TYPES.slice(0, -1)) {
    const read = type.fromBuffer(bytes, type.createResolver(newest))
    const { timeMs, valueThousandths, ...texts } = EVENT
    const whole: Record<string, unknown> = { ...texts, time: timeMs, value: valueThousandths }
    const fields = (type as avsc.types.RecordType).fields.map(({ name }) => [name, whole[name]])
    assert.deepEqual({ ...read }, Object.fromEntries(fields))
  }
})

test('a server from before sources reads every event that has none', () => {
  const before = new SchemaSet(SCHEMAS.slice(0, 2))
  const builder = new RecordBuilder()
  for (const event of [{ ...EVENT, source: null }, EVENT]) builder.add(event)
  const [first, second] = splitRecord(builder.finish()).events
  assert.notEqual(typeof before.decodeEvent(first!), 'string')
  assert.equal(before.decodeEvent(second!), 'unknown_schema')
})

test('an event of a schema that the set does not know is a fault', () => {
  const first = new SchemaSet(SCHEMAS.slice(0, 1))
  assert.equal(first.decodeEvent(encodeVersion(2, EVENT)), 'unknown_schema')
  assert.notEqual(first.decodeEvent(encodeVersion(1, EVENT)), 'unknown_schema')
})

test('a fingerprint with its bytes the other way round is a fault', () => {
  const bytes = encodeVersion(2, EVENT)
  bytes.subarray(2, SINGLE_OBJECT_HEADER_BYTES).reverse()
  assert.equal(loadSchemas().decodeEvent(bytes), 'unknown_schema')
})

test('a key that is no text is a fault', () => {
  const schemas = loadSchemas()
  const bytes = encodeVersion(2, EVENT)
  const at = bytes.indexOf('video')
  for (const byte of [0xff, 0x00, 0x7f]) {
    bytes[at] = byte
    assert.equal(schemas.decodeEvent(bytes), 'invalid_key')
  }
})
