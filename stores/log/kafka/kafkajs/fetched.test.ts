import assert from 'node:assert/strict'
import { test } from 'node:test'
import { toFetched } from './fetched.ts'

function message(offset: number, firstOffset: number, lastOffsetDelta: number) {
  return {
    ...{ offset: `${offset}`, timestamp: '1', key: null, value: Buffer.from('x'), isControlRecord: false },
    batchContext: { firstOffset: `${firstOffset}`, lastOffsetDelta },
  }
}

function fetched(messages: ReturnType<typeof message>[], fromOffset: number) {
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
