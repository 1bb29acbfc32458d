import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventStream, SPAN_MS } from './event-stream.ts'
import { bucketName, judge, type Truth, truthOf } from './reference-counts.ts'

const STREAM = { events: 20_000, startMs: 1_800_000_000_000, seed: 7 }

function check(
  answer: readonly (readonly [string, number])[],
  expected: readonly [number, number, number],
): void {
  const truth: Truth = new Map([
    ['a', { distinct: 2, all: 3 }],
    ['b', { distinct: 1, all: 1 }],
  ])
  const { buckets, exact, withCopies } = judge(truth, new Map(answer))
  assert.deepEqual([buckets, exact, withCopies], expected)
}

test('an answer is judged bucket by bucket, and a bucket too many counts against it', () => {
  check(
    [
      ['a', 2],
      ['b', 1],
    ],
    [2, 2, 1],
  )
  check(
    [
      ['a', 3],
      ['b', 1],
    ],
    [2, 1, 2],
  )
  check([['a', 2]], [2, 1, 0])
  check(
    [
      ['a', 2],
      ['b', 1],
      ['c', 1],
    ],
    [3, 2, 1],
  )
})

test('the same seed gives the same events, another gives others', () => {
  const few = { ...STREAM, events: 2_000 }
  const first = Array.from(eventStream(few))
  assert.deepEqual(Array.from(eventStream(few)), first)
  assert.notDeepEqual(Array.from(eventStream({ ...few, seed: 8 })), first)
})

test('a copy repeats an event whole, one event in twenty is one, and times stay within the span', () => {
  const seen = new Map<string, unknown>()
  let copies = 0
  for (const { event, isCopy } of eventStream(STREAM)) {
    assert.equal(seen.get(event.id), isCopy ? event : undefined)
    seen.set(event.id, event)
    if (isCopy) copies++
    assert.ok(event.timeMs >= STREAM.startMs && event.timeMs < STREAM.startMs + SPAN_MS)
  }
  assert.ok(copies > 600 && copies < 1_100, `${copies} copies`)
})

test('the truth holds every bucket with and without its copies', () => {
  const truth = truthOf(eventStream(STREAM))
  const sum = (of: 'distinct' | 'all') => truth.values().reduce((total, expected) => total + expected[of], 0)
  assert.equal(sum('all'), STREAM.events)
  assert.equal(sum('distinct'), new Set(Array.from(eventStream(STREAM), ({ event }) => event.id)).size)
  assert.ok(truth.has(bucketName('video-0000000000000000', 'view', STREAM.startMs / 60_000)))
})
