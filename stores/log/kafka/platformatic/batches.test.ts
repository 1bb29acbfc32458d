import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readBatches } from './batches.ts'

const LOG_APPEND_TIME = 0b1000
const TOLD = ['1', '2'].map((digit) => `00-${digit.repeat(32)}-${digit.repeat(16)}-01`)

type Headers = readonly (readonly [string | null, string | Buffer | null])[]

const bufferOf = (value: string | Buffer | null) => (value === null ? null : Buffer.from(value))

/** What records with these headers are read as. */
function read(...all: Headers[]) {
  const records = all.map((headers, offsetDelta) => ({
    ...{ offsetDelta, key: null, value: Buffer.from(`${offsetDelta}`) },
    headers: headers.map(([name, value]) => [bufferOf(name), bufferOf(value)]),
  }))
  const lastOffsetDelta = records.length - 1
  const batch = { firstOffset: 4n, lastOffsetDelta, attributes: LOG_APPEND_TIME, maxTimestamp: 7n, records }
  return readBatches([batch as unknown as Parameters<typeof readBatches>[0][number]], 4, 9).records
}

test('a record without headers is read as it always was', () => {
  assert.deepEqual(read([]), [{ offset: 4, logTimeMs: 7, key: null, bytes: Buffer.from('0') }])
})

test('of headers, what has the form of contexts of told requests is read', () => {
  const [one, other] = TOLD as [string, string]
  const headers: Headers = [
    ['other', one],
    ['traceparent', one],
    ['traceparent', null],
    ['traceparent', '<script>'],
    ['traceparent', other],
    [null, other],
  ]
  assert.deepEqual(
    read(headers).map(({ traceparents }) => traceparents),
    [TOLD],
  )
})

test('a record with headers that nobody understands is read all the same', () => {
  const many: Headers = Array.from({ length: 10_000 }, () => ['traceparent', 'x'])
  const hostile: Headers[] = [
    [['traceparent', Buffer.alloc(1 << 20)]],
    [['', '']],
    [['__proto__', 'x']],
    many,
  ]
  const records = read(...hostile)
  assert.deepEqual(
    records.map(({ offset, bytes }) => [offset, String(bytes)]),
    hostile.map((_, i) => [4 + i, `${i}`]),
  )
  for (const record of records) assert.ok(!('traceparents' in record))
})
