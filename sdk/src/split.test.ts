import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Captured, capture, utf8Bytes } from './event.ts'
import { type BatchLimit, batchCutter, SERVER_LIMIT } from './split.ts'

function captured(attributes: readonly string[]): Captured[] {
  return attributes.map((text, index) => {
    const event = { id: `e${index}`, videoId: 'v', type: 'view', time: 1, attributes: { text } }
    return capture(event, 0, { newId: () => '', offsetMs: 0, strict: false }) as Captured
  })
}

function split(events: readonly Captured[], limit = SERVER_LIMIT): Captured[][] {
  const nextBatch = batchCutter(events.values(), () => limit)
  const batches: Captured[][] = []
  for (let batch = nextBatch(); batch.length > 0; batch = nextBatch()) batches.push(batch)
  return batches
}

function bodyOf(batch: readonly Captured[]): string {
  return `[${batch.map((event) => event.json).join(',')}]`
}

function checkSizes(events: readonly Captured[], limit: BatchLimit, sizes: readonly number[]) {
  const batches = split(events, limit)
  assert.deepEqual(
    batches.map((batch) => batch.length),
    sizes,
  )
  assert.deepEqual(batches.flat(), events)
}

test('a request holds at most 1,000 events', () => {
  checkSizes([], SERVER_LIMIT, [])
  checkSizes(captured(Array(1_000).fill('')), SERVER_LIMIT, [1_000])
  checkSizes(captured(Array(2_001).fill('')), SERVER_LIMIT, [1_000, 1_000, 1])
})

test('a body of exactly the bound is sent whole, and of one byte more is cut', () => {
  for (const text of ['plain', 'größer', '视频', '😀😀', '\ud800']) {
    const events = captured([text, text, text])
    const bytes = Buffer.byteLength(bodyOf(events))
    checkSizes(events, { eventsMax: 10, bytesMax: bytes }, [3])
    checkSizes(events, { eventsMax: 10, bytesMax: bytes - 1 }, [2, 1])
  }
})

test('no body of wide text passes 1 MiB', () => {
  const batches = split(captured(Array(200).fill('视'.repeat(8_000))))
  assert.equal(batches.length, 5)
  for (const batch of batches) assert.ok(Buffer.byteLength(bodyOf(batch)) <= SERVER_LIMIT.bytesMax)
})

test('an event over the bound goes alone', () => {
  checkSizes(captured(['', 'x'.repeat(100), '']), { eventsMax: 10, bytesMax: 100 }, [1, 1, 1])
})

test('a limit that shrinks holds from the next batch on, and the event that was held over is not lost', () => {
  const events = captured(Array(10).fill(''))
  let limit = { eventsMax: 4, bytesMax: 10_000 }
  const nextBatch = batchCutter(events.values(), () => limit)
  assert.deepEqual(nextBatch(), events.slice(0, 4))
  limit = { eventsMax: 4, bytesMax: 1 }
  assert.deepEqual(nextBatch(), events.slice(4, 5))
  limit = SERVER_LIMIT
  assert.deepEqual(nextBatch(), events.slice(5))
  assert.deepEqual(nextBatch(), [])
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
