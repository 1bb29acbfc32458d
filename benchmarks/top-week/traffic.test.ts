import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MINUTES_PER_HOUR } from '../../model/bucket.ts'
import { FASTEST_RISING, MOST_COUNTED } from '../../services/query/tops/ranking.ts'
import { BATCH_SOURCE } from '../../stores/counts/counts.ts'
import { type Counted, Traffic, TYPES, type Window } from './traffic.ts'

const FIRST = 29_000_160
const LIMIT = 20

/** All that was stored, added up by other means: the newest row of each (video, type, minute, source). */
class Stored {
  readonly #rows = new Map<string, Counted>()

  take(rows: readonly Counted[]): void {
    for (const row of rows) this.#rows.set([row.videoId, row.type, row.minute, row.source].join(), row)
  }

  sums({ type, from, to }: Window): Map<string, number> {
    const sums = new Map<string, number>()
    for (const row of this.#rows.values()) {
      if (row.type !== type || row.minute < from || row.minute >= to) continue
      sums.set(row.videoId, (sums.get(row.videoId) ?? 0) + row.count)
    }
    return sums
  }
}

test('the truth is the sum of what is stored, at any moment', () => {
  for (const seed of [1, 2]) {
    const traffic = new Traffic({ seed, firstMinute: FIRST, newVideosAMinute: 400 })
    const stored = new Stored()
    while (traffic.now < FIRST + 5 * MINUTES_PER_HOUR) {
      stored.take(traffic.nextMinute())
      const { now } = traffic
      if (now % 37 !== 0 || now - FIRST < MINUTES_PER_HOUR) continue
      for (const type of TYPES) {
        const window = { type, from: now - MINUTES_PER_HOUR + 3, to: now }
        const before = { type, from: window.from - 57, to: window.from }
        const [sums, previous] = [stored.sums(window), stored.sums(before)]
        for (const [videoId, count] of sums) assert.equal(traffic.sumOf(videoId, window), count, videoId)
        for (const ranking of [MOST_COUNTED, FASTEST_RISING]) {
          const isRising = ranking === FASTEST_RISING
          const expected = [...sums].flatMap(
            ([id, count]) => ranking.rank(id, count, isRising ? (previous.get(id) ?? 0) : 0) ?? [],
          )
          expected.sort(ranking.compare)
          const top = traffic.top(ranking, LIMIT, window, isRising ? before : null)
          assert.deepEqual(top, expected.slice(0, LIMIT))
        }
      }
    }
  }
})

test('totals grow, and corrections take away no more than there is', () => {
  const traffic = new Traffic({ seed: 3, firstMinute: FIRST, newVideosAMinute: 100 })
  const stream = new Map<string, number>()
  const corrected = new Set<string>()
  while (traffic.now < FIRST + 28 * MINUTES_PER_HOUR) {
    for (const { videoId, type, minute, count, source } of traffic.nextMinute()) {
      const bucket = `${videoId} ${type} ${minute}`
      if (source === BATCH_SOURCE) {
        corrected.add(`${bucket} ${count}`)
        assert.ok((stream.get(bucket) ?? 0) + count >= 0, bucket)
      } else {
        assert.ok(count >= (stream.get(bucket) ?? 0), bucket)
        stream.set(bucket, count)
      }
    }
  }
  assert.ok(corrected.size > 100)
})
