// Some hours of the benchmark `top-week`, on a real Redis, which is emptied and bounded for the while: REDIS_URL
// names it. Without that, its tests are skipped.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { after, test } from 'node:test'
import { Week } from '../../../benchmarks/top-week/week.ts'
import { faultsOf } from '../../../benchmarks/top-week/week-tables.ts'
import { MIB } from '../../../lib/byte-units.ts'
import { MINUTES_PER_HOUR } from '../../../model/bucket.ts'
import { openRedis } from '../../../stores/redis/connection.ts'

const { REDIS_URL: url } = process.env
/** As `npm run infra` starts it. */
const REDIS_BYTES_MAX = 256 * MIB

after(async () => {
  if (url === undefined) return
  const redis = openRedis({ url, name: 'tally-test' })
  await once(redis, 'ready')
  await redis.config('SET', 'maxmemory', String(REDIS_BYTES_MAX))
  redis.disconnect()
})

type Case = {
  readonly hours: number
  readonly topsMib: number
  readonly redisMib: number
}

/** A tenth of the new videos a minute; what is wrong in the end. */
async function faultsAfter({ hours, topsMib, redisMib }: Case): Promise<string[]> {
  const week = await Week.start({
    ...{ redisUrl: url!, seed: 1, minutes: hours * MINUTES_PER_HOUR, newVideosAMinute: 1_000 },
    ...{ redisBytesMax: redisMib * MIB, topsBytesMax: topsMib * MIB },
  })
  try {
    await week.run()
    return faultsOf(await week.state(), week.answers.values())
  } finally {
    await week.close()
  }
}

test('no write is refused, and no list is wrong about itself', { skip: url === undefined }, async () => {
  assert.deepEqual(await faultsAfter({ hours: 7, topsMib: 13, redisMib: 32 }), [])
})

test('nor where lists have to be cut short at once', { skip: url === undefined }, async () => {
  assert.deepEqual(await faultsAfter({ hours: 4, topsMib: 4, redisMib: 20 }), [])
})
