import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type StreamEvent, streamEvents } from './event-stream.ts'

const TEXT = [
  'retry: 1314',
  '',
  ': heartbeat',
  '',
  'event: counts',
  'id: 7',
  'data: {"videoId":"ä\u{1f600}","count":1}',
  '',
  'data:first',
  'data: second',
  '',
  'data: unfinished',
].join('\n')
const EVENTS = [
  { event: 'counts', data: '{"videoId":"ä\u{1f600}","count":1}', id: '7' },
  { event: 'message', data: 'first\nsecond', id: '7' },
]

async function read(chunks: Iterable<Uint8Array>): Promise<StreamEvent[]> {
  async function* stream() {
    yield* chunks
  }
  return Array.fromAsync(streamEvents(stream()))
}

test('events are the same however the stream is cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.array(fc.integer({ min: 0, max: 200 })),
      async (lineEnd, cuts) => {
        const bytes = Buffer.from(TEXT.replaceAll('\n', lineEnd))
        const places = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length]
        const chunks = places.slice(1).map((to, at) => bytes.subarray(places[at], to))
        assert.deepEqual(await read(chunks), EVENTS)
      },
    ),
  )
})

test('an event that never ends is refused', async () => {
  const chunk = Buffer.alloc(1 << 19, 'x')
  await assert.rejects(read([chunk, chunk, chunk]), /never ends/)
})
