import assert from 'node:assert/strict'
import { test } from 'node:test'
import avsc from 'avsc'
import fc from 'fast-check'
import type { Event } from '../model/event.ts'
import { arbitraryEvent } from '../testing/arbitrary-event.ts'
import { encodedBytesMax, encodeEvent } from './encode-event.ts'
import { singleObjectHeader } from './framing.ts'
import { fingerprintOf, readEventSchemas } from './schema-files.ts'

const [, WITHOUT_SOURCE, WITH_SOURCE] = readEventSchemas().map((schema) =>
  avsc.Type.forSchema(schema as avsc.Schema),
)
const GUARD = 0xa5

const PLAIN: Event = {
  tenant: '',
  videoId: 'v',
  type: 'view',
  id: 'e',
  timeMs: 0,
  valueThousandths: null,
  viewerId: null,
  channelId: null,
  attributes: null,
  source: null,
}

function expected({ timeMs, valueThousandths, ...event }: Event): Buffer {
  const type = event.source === null ? WITHOUT_SOURCE! : WITH_SOURCE!
  const body = type.toBuffer({ ...event, time: timeMs, value: valueThousandths })
  return Buffer.concat([singleObjectHeader(fingerprintOf(type)), body])
}

function check(event: Event): void {
  const at = 3
  const out = Buffer.alloc(at + encodedBytesMax(event) + 1, GUARD)
  const end = encodeEvent(event, out, at)
  assert.deepEqual(out.subarray(at, end), expected(event))
  assert.equal(out.at(-1), GUARD, 'wrote beyond what it said it needs')
}

test('an event is written as Avro writes it with the oldest schema that has all of its fields', () => {
  fc.assert(fc.property(arbitraryEvent, check))
})

test('strings of every length about a change of form are written right', () => {
  for (const length of [0, 1, 63, 64, 65, 8_191, 8_192, 32_768]) {
    check({ ...PLAIN, attributes: 'a'.repeat(length) })
    check({ ...PLAIN, attributes: 'é'.repeat(length) })
    check({ ...PLAIN, attributes: `${'a'.repeat(length)}💡` })
  }
})

test('numbers at the limits are written right', () => {
  for (const value of [0, -1, 1, 63, 64, -64, -65, 2 ** 31, -(2 ** 31), 1e12, -1e12]) {
    check({ ...PLAIN, valueThousandths: value })
  }
  for (const timeMs of [0, 1, 1_795_252_184_993, 8.64e15]) check({ ...PLAIN, timeMs })
})

test('the encoding starts with C3 01 and the fingerprint, lowest byte first', () => {
  const out = Buffer.alloc(encodedBytesMax(PLAIN))
  encodeEvent(PLAIN, out, 0)
  assert.equal(out.subarray(0, 10).toString('hex'), 'c3015382a041b7e06efe')
})
