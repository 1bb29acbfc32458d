import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { RecordBuilder } from '../../schemas/record.ts'
import { eventStream } from './event-stream.ts'
import { JAVA_SOURCES } from './java.ts'

const RECORD_HEADER_BYTES = 6
const FINGERPRINT_AT = RECORD_HEADER_BYTES + 4 + 2

test('the counters in Java read the version of events that the benchmark writes', () => {
  const [sent] = eventStream({ events: 1, startMs: 0, seed: 1 })
  const builder = new RecordBuilder()
  builder.add(sent!.event)
  const written = builder.finish().readBigUInt64LE(FINGERPRINT_AT)
  const source = readFileSync(join(JAVA_SOURCES, 'common', 'RecordCursor.java'), 'utf8')
  const [, known] = /FINGERPRINT = (0x[0-9a-f]+)L/.exec(source)!
  assert.equal(BigInt(known!), written)
})
