// Against a real Redis, which is emptied: REDIS_URL names it. Without that, its tests are skipped.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { systemClock } from '../../lib/system-clock.ts'
import { CALL_LIMITS, RedisCalls } from '../redis/calls.ts'
import { openRedis } from '../redis/connection.ts'
import { progressTurnsContract } from './progress-turns-contract.ts'
import { RedisProgressTurns } from './redis-progress-turns.ts'

const url = process.env.REDIS_URL
/** Longer than any step of a test takes: a test ends it itself. */
const TURN_MS = 600_000

async function connect() {
  const redis = openRedis({ url: url!, name: 'tally-test' })
  await once(redis, 'ready')
  await redis.flushall()
  return { redis, calls: new RedisCalls(redis, systemClock, { ...CALL_LIMITS, timeoutMs: 5_000 }) }
}

if (url !== undefined) {
  progressTurnsContract('Turns in Redis', async () => {
    const { redis, calls } = await connect()
    return {
      of: (process) => new RedisProgressTurns(calls, { scope: 'test', process, turnMs: TURN_MS }),
      pass: async () => {
        assert.equal(await redis.del('tally:{progress:test}:turn'), 1)
      },
      close: async () => redis.disconnect(),
    }
  })

  test('what is shared in Redis goes after a while, a turn first', async () => {
    const { redis, calls } = await connect()
    const turns = new RedisProgressTurns(calls, { scope: 'test', process: 'a', turnMs: 240 })
    await turns.take(1)
    await turns.tell(new Map([['a', { markMs: 1, asOfMs: 0, sureToMs: 0 }]]))
    const livesMs = (what: string) => redis.pttl(`tally:{progress:test}:${what}`)
    assert.ok((await livesMs('turn')) <= 240)
    for (const what of ['marks', 'found']) {
      const lifeMs = await livesMs(what)
      assert.ok(lifeMs > 0 && lifeMs <= 60_000, `${what}: ${lifeMs}`)
    }
    redis.disconnect()
  })
}
