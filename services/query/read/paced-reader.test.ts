import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { EMPTY } from '../../../model/total.ts'
import type { CountReader } from '../../../stores/counts/counts.ts'
import { serve } from '../../../testing/query-fixture.ts'
import { PacedReader } from './paced-reader.ts'

const DAY = { resolution: 'minute', from: 0, to: 1_440 } as const
const SERIES = { tenant: '', videoId: 'v', type: 'view' }

/** Answers at once, like a cache, and records how many calls were open at the same time. */
function instant(rows: number) {
  const periods = Array.from({ length: rows }, (_, start) => ({ start, aggregate: EMPTY }))
  const state = { calls: 0, open: 0, mostOpen: 0 }
  const counts: CountReader = {
    async read() {
      state.calls++
      state.mostOpen = Math.max(state.mostOpen, ++state.open)
      await Promise.resolve()
      state.open--
      return { periods, stale: false }
    },
    types: async () => [],
    firstMinute: async () => null,
  }
  return { counts, state }
}

/** The work done in each turn of the event loop. */
async function turnsOf(done: () => number, all: Promise<unknown>): Promise<number[]> {
  const turns: number[] = []
  let isOver = false
  const over = all.finally(() => {
    isOver = true
  })
  for (let before = 0; !isOver; before = done()) {
    await setImmediate()
    turns.push(done() - before)
  }
  await over
  return turns
}

test('a thousand reads at once that a cache answers are taken in a few in each turn', async () => {
  const { counts, state } = instant(1_440)
  const reader = new PacedReader(counts)
  const taken = { count: 0 }
  const all = Array.from({ length: 1_000 }, () => reader.read(SERIES, DAY).then(() => taken.count++))
  const turns = await turnsOf(() => taken.count, Promise.all(all))
  assert.ok(Math.max(...turns) <= 4, `${turns}`)
  assert.ok(state.mostOpen <= 8, String(state.mostOpen))
})

test('a question of a thousand series that a cache answers is many turns', async () => {
  const { counts, state } = instant(0)
  const { post } = await serve([], { counts: new PacedReader(counts) })
  const names = (prefix: string, length: number) => Array.from({ length }, (_, at) => `${prefix}${at}`)
  const asked = post({
    ...{ videoIds: names('v', 100), eventTypes: names('t', 10), groupBy: ['video', 'type'] },
    ...{ startTime: '2026-08-21T08:17:00Z', endTime: '2026-11-21T12:46:00Z', limit: 1_000 },
  })
  const turns = await turnsOf(() => state.calls, asked)
  assert.ok(state.calls >= 4_000)
  assert.ok(Math.max(...turns) <= 300, `${Math.max(...turns)} reads in one turn`)
})
