import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { QueryRate } from '../../../lib/http/query-rate.ts'
import { buildServer } from '../../../lib/http/server.ts'
import type { Ledger } from '../../../stores/counts/counts.ts'
import { checkAnswers } from '../../../testing/check-answers.ts'
import { keyRing } from '../../../testing/key-ring.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { MemoryCounts } from '../../../testing/memory-counts.ts'
import { HISTORY, RecentHistory } from './recent-history.ts'
import { registerHistory } from './recent-history-route.ts'

const ledger = (counted: number): Ledger => ({
  ...{ records: 2, events: counted + 1, counted, duplicate: 1, late: 0, dead: 0, deadRecords: 0 },
  probe: { records: 0, events: 1, counted: 1, duplicate: 0, late: 0, dead: 0 },
})

function world() {
  const clock = new ManualClock(Date.parse('2026-11-21T12:00:00Z'))
  const counts = new MemoryCounts()
  let isAway = false
  const checkpoints = async () => {
    if (isAway) throw new Error('away')
    return counts.checkpoints()
  }
  const history = new RecentHistory({
    clock,
    checkpoints,
    progress: () => ({ asOfMs: clock.nowMs() - 2_500 }),
  })
  const goAway = (away: boolean) => {
    isAway = away
  }
  return { clock, counts, history, goAway }
}

test('each look adds the events of users over all sources, without those of the probe', async () => {
  const { clock, counts, history } = world()
  await counts.writeCheckpoint('a-0', { offset: 1, logTimeMs: 1, ledger: ledger(10) })
  await history.look()
  clock.advance(HISTORY.intervalMs)
  await counts.writeCheckpoint('a-1', { offset: 1, logTimeMs: 1, ledger: ledger(30) })
  await history.look()
  assert.deepEqual(history.points, [
    { time: '2026-11-21T12:00:00.000Z', events: 10, counted: 9, behindSeconds: 2.5 },
    { time: '2026-11-21T12:00:10.000Z', events: 40, counted: 38, behindSeconds: 2.5 },
  ])
})

test('it keeps half an hour, however long it runs, and goes on past a store that was away', async () => {
  const { clock, history, goAway } = world()
  for (let look = 0; look < 1_000; look++) {
    goAway(look % 10 === 3)
    await history.look().catch(() => {})
    clock.advance(HISTORY.intervalMs)
  }
  assert.equal(history.points.length, 181)
  const stopping = new AbortController()
  goAway(true)
  const following = history.follow(stopping.signal)
  stopping.abort()
  clock.advance(HISTORY.intervalMs)
  await following
})

describe('GET /v1/audit/history', () => {
  const ask = async (key: string | null, keys = 'k=acme') => {
    const { clock, counts, history } = world()
    await counts.writeCheckpoint('a-0', { offset: 1, logTimeMs: 1, ledger: ledger(10) })
    await history.look()
    const app = buildServer()
    checkAnswers(app)
    const rate = new QueryRate({ costPerSecondMax: null }, clock)
    registerHistory(app, { history, keys: keyRing(keys, keys === '' ? undefined : 'root', clock), rate })
    return app.inject({ url: '/v1/audit/history', headers: key === null ? {} : { 'x-api-key': key } })
  }
  test('is for admins, and for everybody where nobody needs a key', async () => {
    for (const answer of [await ask('root'), await ask(null, '')]) {
      const { scope, intervalSeconds, points } = answer.json()
      assert.deepEqual([scope, intervalSeconds, points.length, points[0].counted], ['system', 10, 1, 9])
    }
  })
  test('shows a tenant nothing of others', async () => {
    const { scope, points } = (await ask('k')).json()
    assert.deepEqual([scope, points], ['tenant', []])
    assert.equal((await ask(null)).statusCode, 401)
  })
})
