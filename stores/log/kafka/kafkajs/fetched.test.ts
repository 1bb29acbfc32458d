import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type FetchedMessage, toFetched } from './fetched.ts'

function message(offset: number, firstOffset: number, lastOffsetDelta: number): FetchedMessage {
  return {
    ...{ offset: `${offset}`, timestamp: '1', key: null, value: Buffer.from('x'), isControlRecord: false },
    headers: {},
    batchContext: { firstOffset: `${firstOffset}`, lastOffsetDelta },
  }
}

function fetched(messages: FetchedMessage[], fromOffset: number) {
  const partition = { partition: 0, highWatermark: '9', preferredReadReplica: -1, messages }
  const { records, ...rest } = toFetched(partition, fromOffset)
  return { offsets: records.map(({ offset }) => offset), ...rest }
}

test('of a batch, what was read before is left out', () => {
  assert.deepEqual(fetched([message(4, 4, 1), message(5, 4, 1)], 5), {
    offsets: [5],
    nextOffset: 6,
    endOffset: 9,
  })
})

test('reading goes on behind a batch whose last records compaction has removed', () => {
  assert.deepEqual(fetched([message(4, 4, 3)], 5), { offsets: [], nextOffset: 8, endOffset: 9 })
})

test('where nothing came, reading stays where it is', () => {
  assert.deepEqual(fetched([], 5), { offsets: [], nextOffset: 5, endOffset: 9 })
})

test('of headers, what has the form of contexts of told requests is read', () => {
  const told = ['1', '2'].map((digit) => `00-${digit.repeat(32)}-${digit.repeat(16)}-01`)
  const [one, other] = told.map((text) => Buffer.from(text)) as [Buffer, Buffer]
  const carriedBy = (headers: FetchedMessage['headers']) => {
    const messages = [{ ...message(5, 5, 0), headers }]
    const partition = { partition: 0, highWatermark: '9', preferredReadReplica: -1, messages }
    return toFetched(partition, 5).records[0]!.traceparents
  }
  assert.deepEqual(carriedBy({ traceparent: one }), [told[0]])
  assert.deepEqual(carriedBy({ traceparent: [one, null, Buffer.from('<script>'), other] }), told)
  for (const headers of [{}, { traceparent: null }, { traceparent: Buffer.alloc(1 << 20) }, { other: one }])
    assert.equal(carriedBy(headers), undefined)
})
