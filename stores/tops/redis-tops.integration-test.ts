// Against a real Redis, which is emptied: REDIS_URL names it. Without that, its tests are skipped.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import type { Redis } from 'ioredis'
import { systemClock } from '../../lib/system-clock.ts'
import { MINUTE_MS, minuteOf } from '../../model/bucket.ts'
import { EMPTY } from '../../model/total.ts'
import type { Checkpoint, CountRow } from '../counts/counts.ts'
import { CALL_LIMITS, RedisCalls } from '../redis/calls.ts'
import { openRedis } from '../redis/connection.ts'
import { RedisTopLists } from './redis-top-lists.ts'
import { RedisTopWriter, TOP_WRITER_LIMITS } from './redis-top-writer.ts'
import { RedisTops } from './redis-tops.ts'
import { topLimits } from './top-limits.ts'
import { topGroup } from './top-lists.ts'
import { topsContract } from './tops-contract.ts'
import { TOPS_BYTES_MAX } from './tops-settings.ts'

const url = process.env.REDIS_URL
const AHEAD_MS = 60_000
const SETTINGS = { ...TOP_WRITER_LIMITS, aheadMs: AHEAD_MS, limits: topLimits(TOPS_BYTES_MAX) }
const LEDGER = { records: 0, events: 0, counted: 0, duplicate: 0, late: 0, dead: 0, deadRecords: 0 }

async function connect(): Promise<Redis> {
  const redis = openRedis({ url: url!, name: 'tally-test' })
  await once(redis, 'ready')
  return redis
}

async function empty() {
  const redis = await connect()
  await redis.flushall()
  const calls = new RedisCalls(redis, systemClock, { ...CALL_LIMITS, timeoutMs: 5_000 })
  const checkpoints = new Map<string, Checkpoint>()
  const reading = await connect()
  const readerCalls = new RedisCalls(reading, systemClock, { ...CALL_LIMITS, timeoutMs: 5_000 })
  const reader = new RedisTops({
    calls: readerCalls,
    checkpoints: async () => checkpoints,
    aheadMs: AHEAD_MS,
  })
  const writer = (settings = SETTINGS) => new RedisTopWriter(calls, systemClock, settings)
  return { redis, calls, reading, checkpoints, reader, writer }
}

if (url !== undefined) {
  topsContract('Top lists in Redis', async (clock, limits) => {
    const { redis, reading, calls } = await empty()
    const writer = new RedisTopWriter(calls, clock, { ...SETTINGS, limits })
    return {
      writer,
      fold: () => writer.fold(),
      bytes: () => new RedisTopLists(calls).bytes(),
      reader: (checkpoints) =>
        new RedisTops({ calls, checkpoints: async () => checkpoints, aheadMs: AHEAD_MS }),
      async close() {
        await writer.close()
        redis.disconnect()
        reading.disconnect()
      },
    }
  })
}

function it(title: string, run: (on: Awaited<ReturnType<typeof empty>>) => Promise<void>): void {
  test(title, { skip: url === undefined }, async () => {
    const on = await empty()
    try {
      await run(on)
    } finally {
      on.redis.disconnect()
      on.reading.disconnect()
    }
  })
}

const now = minuteOf(Date.now())
const rowOf = (videoId: string, count: number, upTo = count, minute = now): CountRow => ({
  bucket: { tenant: '', videoId, type: 'view', minute },
  total: { ...EMPTY, count, upTo },
})
const at = (offset: number, logTimeMs = Date.now()): Checkpoint => ({ offset, logTimeMs, ledger: LEDGER })

it('a Redis that lost its memory is noticed, and windows that begin later are whole again', async (on) => {
  const writer = on.writer()
  const count = async (n: number) => {
    writer.write('s', [rowOf('v', n)])
    await writer.reached('s', at(n))
    on.checkpoints.set('s', at(n))
  }
  writer.begin('s', null)
  await count(1)
  assert.equal((await on.reader.read('', 'view', now, now + 1)).asOfMs, Number.POSITIVE_INFINITY)
  await on.redis.flushall()
  assert.equal((await on.reader.read('', 'view', now, now + 1)).asOfMs, null)
  await count(2)
  assert.equal((await on.reader.read('', 'view', now, now + 1)).asOfMs, null)
  assert.equal((await on.reader.read('', 'view', now + 10, now + 11)).asOfMs, Number.POSITIVE_INFINITY)
  await writer.close()
})

it('an owner that died with rows in hand leaves a gap that is noticed', async (on) => {
  const dead = on.writer()
  dead.begin('s', null)
  dead.write('s', [rowOf('v', 1)])
  await dead.reached('s', at(1))
  on.checkpoints.set('s', at(2)) // the counts have what it did not pass on
  const next = on.writer()
  next.begin('s', at(2))
  next.write('s', [rowOf('v', 3)])
  const { asOfMs } = await on.reader.read('', 'view', now, now + 1)
  assert.ok(asOfMs !== null && asOfMs <= Date.now(), 'what has not come is no loss yet')
  await next.reached('s', at(3))
  on.checkpoints.set('s', at(3))
  assert.equal((await on.reader.read('', 'view', now, now + 1)).asOfMs, null)
  await next.close()
})

it('an owner that goes on where another stopped leaves none, nor does a zombie', async (on) => {
  const [first, second] = [on.writer(), on.writer()]
  first.begin('s', null)
  first.write('s', [rowOf('v', 1)])
  await first.reached('s', at(1))
  second.begin('s', at(1))
  second.write('s', [rowOf('v', 5)])
  await second.reached('s', at(5))
  first.write('s', [rowOf('v', 3)])
  await first.reached('s', at(3))
  on.checkpoints.set('s', at(5))
  const { counts, asOfMs } = await on.reader.read('', 'view', now, now + 1)
  assert.deepEqual([counts.get('v'), asOfMs], [5, Number.POSITIVE_INFINITY])
  await Promise.all([first.close(), second.close()])
})

it('rows wait for a Redis that is away, and lists say how far they go', async (on) => {
  const writer = on.writer()
  writer.begin('s', null)
  writer.write('s', [rowOf('v', 1)])
  await writer.reached('s', at(1))
  const other = await connect()
  await other.call('CLIENT', 'PAUSE', '60000', 'WRITE') // ends by itself only if the test fails
  writer.write('s', [rowOf('v', 2)])
  await writer.reached('s', at(2))
  on.checkpoints.set('s', at(2))
  const behind = await on.reader.read('', 'view', now, now + 1)
  assert.ok(behind.asOfMs !== null && behind.asOfMs <= Date.now())
  await other.call('CLIENT', 'UNPAUSE')
  let whole = behind
  while (whole.asOfMs !== Number.POSITIVE_INFINITY) whole = await on.reader.read('', 'view', now, now + 1)
  assert.equal(whole.counts.get('v'), 2)
  other.disconnect()
  await writer.close()
})

it('rows that find no room are let go, and lists are not whole for that time', async (on) => {
  const writer = on.writer({ ...SETTINGS, waitingRowsMax: 10 })
  writer.begin('s', null)
  await writer.reached('s', at(0))
  writer.write(
    's',
    Array.from({ length: 11 }, (_, i) => rowOf(`v${i}`, 1)),
  )
  await writer.reached('s', at(1))
  on.checkpoints.set('s', at(1))
  assert.equal((await on.reader.read('', 'view', now, now + 1)).asOfMs, null)
  await writer.close()
})

const ofLength = (length: number, i: number) => String(i).padStart(length, 'x')

for (const [few, many] of [
  [6, 128],
  [128, 6],
  [11, 11],
] as const) {
  it(`the account of lists holds where the least counted ids have ${few} characters and others ${many}`, async (on) => {
    const dataBytes = async () => Number(/used_memory_dataset:(\d+)/.exec(await on.redis.info('memory'))![1])
    const before = await dataBytes()
    const lists = new RedisTopLists(on.calls)
    for (let minute = now - 20; minute < now; minute++) {
      const rows = new Map<string, { count: number; upTo: number }>()
      for (let i = 0; i < 1_500; i++)
        rows.set(ofLength(i < 5 ? few : many, i), { count: i < 5 ? 1 : 2 + i, upTo: 1 })
      await lists.write('s', topGroup('', 'view'), minute, rows, topLimits(TOPS_BYTES_MAX))
    }
    const [taken, account] = [(await dataBytes()) - before, await lists.bytes()]
    assert.ok(account > 0.85 * taken && account < 1.15 * taken, `${account} bytes for ${taken}`)
  })
}

it('sources that ended before the window do not matter to it', async (on) => {
  on.checkpoints.set('old', at(7, (now - 100) * MINUTE_MS))
  assert.equal((await on.reader.read('', 'view', now - 60, now)).asOfMs, Number.POSITIVE_INFINITY)
  assert.equal((await on.reader.read('', 'view', now - 120, now)).asOfMs, null)
})
