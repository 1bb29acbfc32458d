import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Captured, capture, utf8Bytes } from './event.ts'
import { type BatchLimit, SERVER_LIMIT, split } from './split.ts'

function captured(attributes: readonly string[]): Captured[] {
  return attributes.map((text, index) => {
    const event = { id: `e${index}`, videoId: 'v', type: 'view', time: 1, attributes: { text } }
    return capture(event, index, String, 0) as Captured
  })
}

function checkSizes(events: readonly Captured[], limit: BatchLimit, sizes: readonly number[]) {
  const batches = split(events, limit)
  assert.deepEqual(
    batches.map((batch) => batch.events.length),
    sizes,
  )
  assert.deepEqual(
    batches.flatMap((batch) => JSON.parse(batch.body)),
    events.map((event) => event.event),
  )
}

test('a request holds at most 1,000 events', () => {
  checkSizes([], SERVER_LIMIT, [])
  checkSizes(captured(Array(1_000).fill('')), SERVER_LIMIT, [1_000])
  checkSizes(captured(Array(2_001).fill('')), SERVER_LIMIT, [1_000, 1_000, 1])
})

test('a body of exactly the bound is sent whole, and of one byte more is cut', () => {
  for (const text of ['plain', 'größer', '视频', '😀😀', '\ud800']) {
    const events = captured([text, text, text])
    const bytes = Buffer.byteLength(`[${events.map((event) => event.json).join(',')}]`)
    checkSizes(events, { eventsMax: 10, bytesMax: bytes }, [3])
    checkSizes(events, { eventsMax: 10, bytesMax: bytes - 1 }, [2, 1])
  }
})

test('no body of wide text passes 1 MiB', () => {
  const batches = split(captured(Array(200).fill('视'.repeat(8_000))))
  assert.equal(batches.length, 5)
  for (const batch of batches) assert.ok(Buffer.byteLength(batch.body) <= SERVER_LIMIT.bytesMax)
})

test('an event over the bound goes alone', () => {
  checkSizes(captured(['', 'x'.repeat(100), '']), { eventsMax: 10, bytesMax: 100 }, [1, 1, 1])
})

test('bytes are those of UTF-8', () => {
  for (const text of [
    '',
    'a',
    'é',
    '߿',
    'ࠀ',
    '\uffff',
    '😀',
    'a😀b',
    '\ud83d',
    '\ude00',
    '\ud83d\ud83d\ude00',
  ]) {
    assert.equal(utf8Bytes(text), Buffer.byteLength(text), JSON.stringify(text))
  }
})
