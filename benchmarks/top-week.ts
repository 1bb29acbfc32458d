// A week of top lists: 10,000 new videos a minute beside a thousand steady ones, written into a real Redis that has
// 256 MB and refuses writes when it is full. Shows what Redis takes, that no write of anybody is refused, and that no
// list that calls itself exact is wrong. Counts are a function of video and minute, so the truth needs no memory.
// REDIS_URL names a Redis to empty and use; TOP_WEEK_MINUTES and TOP_WEEK_VIDEOS (a minute) make it smaller.
import { strict as assert } from 'node:assert'
import { once } from 'node:events'
import { MIB } from '../lib/byte-units.ts'
import { systemClock } from '../lib/system-clock.ts'
import { MINUTE_MS, MINUTES_PER_DAY, MINUTES_PER_HOUR } from '../model/bucket.ts'
import { EMPTY } from '../model/total.ts'
import { best } from '../services/query/tops/best.ts'
import { provenTop } from '../services/query/tops/proven-top.ts'
import { MOST_COUNTED } from '../services/query/tops/ranking.ts'
import { type Checkpoint, type CountRow, EMPTY_LEDGER } from '../stores/counts/counts.ts'
import { CALL_LIMITS, type CacheError, RedisCalls } from '../stores/redis/calls.ts'
import { openRedis } from '../stores/redis/connection.ts'
import { SOURCES_KEY } from '../stores/tops/redis-top-keys.ts'
import { RedisTopLists } from '../stores/tops/redis-top-lists.ts'
import { RedisTopWriter, TOP_WRITER_LIMITS } from '../stores/tops/redis-top-writer.ts'
import { RedisTops } from '../stores/tops/redis-tops.ts'
import { topLimits } from '../stores/tops/top-limits.ts'
import { TOPS_BYTES_MAX } from '../stores/tops/tops-settings.ts'

const WEEK = 7 * MINUTES_PER_DAY
const START = 29_000_160
const AHEAD_MS = MINUTE_MS
const REDIS_MIB = 256
const SOURCES = ['a-0', 'a-1', 'a-2', 'a-3']

const NEW_VIDEOS = Number(process.env.TOP_WEEK_VIDEOS ?? 10_000)
/** Of them, so many are counted for some minutes more. */
const [LASTING_VIDEOS, LASTING_MINUTES] = [50, 20]
/** Every so many minutes one new video is counted a lot for some hours. */
const [VIRAL_EVERY, VIRAL_MINUTES] = [10, 5 * MINUTES_PER_HOUR]
const STEADY_VIDEOS = NEW_VIDEOS / 10
const STEADY_TOP = 6_000
/** More than any video has that is neither steady nor viral. */
const SMALL_MAX = 3 * (1 + LASTING_MINUTES)

function mixed(a: number, b: number): number {
  let hash = Math.imul(a ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(b + 0x7f4a7c15, 0xc2b2ae35)
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d)
  return (hash ^ (hash >>> 13)) >>> 0
}

const share = (a: number, b: number) => mixed(a, b) / 2 ** 32
const steadyCount = (rank: number, minute: number) =>
  Math.floor((STEADY_TOP / (rank + 1)) * (0.5 + share(rank, Math.floor(minute / MINUTES_PER_HOUR))))
const viralCount = (born: number) => 300 + (mixed(born, 1) % 3_000)
const smallCount = (born: number, i: number, minute: number) => 1 + (mixed(born * NEW_VIDEOS + i, minute) % 3)

function countIn(videoId: string, minute: number): number {
  const [kind, born, i] = [videoId[0], ...videoId.slice(1).split('-').map(Number)] as [
    string,
    number,
    number?,
  ]
  if (kind === 's') return steadyCount(born, minute)
  const age = minute - born
  if (age < 0) return 0
  if (kind === 'v') return age < VIRAL_MINUTES ? viralCount(born) : 0
  return age === 0 || (i! < LASTING_VIDEOS && age <= LASTING_MINUTES) ? smallCount(born, i!, minute) : 0
}

function* videosIn(minute: number): Generator<string> {
  for (let rank = 0; rank < STEADY_VIDEOS; rank++) yield `s${rank}`
  for (
    let born = Math.ceil((minute - VIRAL_MINUTES + 1) / VIRAL_EVERY) * VIRAL_EVERY;
    born <= minute;
    born += VIRAL_EVERY
  ) {
    if (born >= START) yield `v${born}`
  }
  for (let i = 0; i < NEW_VIDEOS; i++) yield `n${minute}-${i}`
  for (let age = 1; age <= LASTING_MINUTES && minute - age >= START; age++) {
    for (let i = 0; i < LASTING_VIDEOS; i++) yield `n${minute - age}-${i}`
  }
}

function sumIn(videoId: string, from: number, to: number): number {
  let sum = 0
  for (let minute = Math.max(from, START); minute < to; minute++) sum += countIn(videoId, minute)
  return sum
}

function trueTop(from: number, to: number, limit: number) {
  const ids = Array.from({ length: STEADY_VIDEOS }, (_, rank) => `s${rank}`)
  const first = Math.max(START, from - VIRAL_MINUTES)
  for (let born = Math.ceil(first / VIRAL_EVERY) * VIRAL_EVERY; born < to; born += VIRAL_EVERY)
    ids.push(`v${born}`)
  const counted = ids.map((videoId) => ({ videoId, count: sumIn(videoId, from, to) }))
  const top = best(counted, limit, MOST_COUNTED.compare)
  assert.ok(top.at(-1)!.count > SMALL_MAX, 'no other video can be on the list')
  return top
}

class Clock {
  ms = START * MINUTE_MS
  nowMs = () => this.ms
  sleep = (ms: number, signal?: AbortSignal) => systemClock.sleep(ms / 20, signal)
}

async function usedBytes(redis: ReturnType<typeof openRedis>): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await redis.info('memory'))![1])
}

const redis = openRedis({ url: process.env.REDIS_URL!, name: 'tally-bench' })
await once(redis, 'ready')
await redis.flushall()
await redis.config('SET', 'maxmemory', `${REDIS_MIB}mb`, 'maxmemory-policy', 'noeviction')
const clock = new Clock()
const failures = new Map<string, number>()
const onFailed = (code: string) => void failures.set(code, (failures.get(code) ?? 0) + 1)
const calls = new RedisCalls(
  redis,
  clock,
  { ...CALL_LIMITS, failuresMax: Number.POSITIVE_INFINITY },
  onFailed,
)
const limits = topLimits(Number(process.env.TOPS_MIB_MAX ?? TOPS_BYTES_MAX / MIB) * MIB)
const writer = new RedisTopWriter(calls, clock, { ...TOP_WRITER_LIMITS, aheadMs: AHEAD_MS, limits })
const checkpoints = new Map<string, Checkpoint>()
const reader = new RedisTops({ calls, checkpoints: async () => checkpoints, aheadMs: AHEAD_MS })
const lists = new RedisTopLists(calls)
for (const source of SOURCES) writer.begin(source, null)

const seen = { rows: 0, asked: 0, proven: 0, reads: 0, lost: 0, bytes: 0, redis: 0, calls: 0, foldMs: 0 }
const minutes = Number(process.env.TOP_WEEK_MINUTES ?? WEEK)
for (let minute = START; minute < START + minutes; minute++) {
  clock.ms = (minute + 1) * MINUTE_MS
  await writeMinute(minute)
  const begun = performance.now()
  await patiently(() => writer.fold())
  seen.foldMs = Math.max(seen.foldMs, performance.now() - begun)
  await redis.set(`tally:answers:${minute % 1_000}`, Buffer.alloc(20_000)) // somebody else's, refused if Redis is full
  seen.redis = Math.max(seen.redis, await usedBytes(redis))
  seen.bytes = Math.max(seen.bytes, await patiently(() => lists.bytes()))
  if ((minute + 1) % MINUTES_PER_HOUR === (mixed(minute, 7) % 3) * 20) await askAll(minute + 1)
  if ((minute + 1 - START) % (6 * MINUTES_PER_HOUR) === 0 || minute === START + minutes - 1) report(minute)
}
await writer.close()
redis.disconnect()

async function writeMinute(minute: number): Promise<void> {
  const rows: CountRow[][] = SOURCES.map(() => [])
  let at = 0
  for (const videoId of videosIn(minute)) {
    const total = { ...EMPTY, count: countIn(videoId, minute), upTo: minute }
    rows[at++ % SOURCES.length]!.push({ bucket: { tenant: '', videoId, type: 'view', minute }, total })
  }
  seen.rows += at
  for (const [i, source] of SOURCES.entries()) {
    const checkpoint = { offset: minute, logTimeMs: clock.ms, ledger: EMPTY_LEDGER }
    writer.write(source, rows[i]!)
    await writer.reached(source, checkpoint)
    checkpoints.set(source, checkpoint)
  }
  for (;;) {
    const records = await redis.hmget(SOURCES_KEY, ...SOURCES)
    if (records.every((record) => record?.split(' ')[1] === String(minute))) return
    await systemClock.sleep(2)
  }
}

/**
 * Asks for the last hour, the last day, a day until 20 hours ago, and a part
 * of yesterday that begins and ends within hours.
 */
async function askAll(now: number): Promise<void> {
  const windows = [
    [now - MINUTES_PER_HOUR, now],
    [now - MINUTES_PER_DAY, now],
    [now - 44 * MINUTES_PER_HOUR, now - 20 * MINUTES_PER_HOUR],
    [now - 23 * MINUTES_PER_HOUR - 17, now - 20 * MINUTES_PER_HOUR + 5],
  ] as const
  for (const [from, to] of windows) {
    if (from < START) continue
    const now = await patiently(() => reader.read('', 'view', from, to))
    if (now.asOfMs === null) {
      seen.lost++
      continue
    }
    for (const limit of [10, 100]) {
      const top = await provenTop({ now, before: null }, MOST_COUNTED, limit, async (videoId) => {
        seen.reads++
        return [sumIn(videoId, from, to), 0]
      })
      seen.asked++
      if (!top.isProven) continue
      seen.proven++
      assert.deepEqual(top.videos, trueTop(from, to, limit), `${from} to ${to}`)
    }
  }
}

/** Calls have deadlines, which a machine that does much else does not keep. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if ((error as CacheError).code !== 'timeout') throw error
    }
  }
}

function report(minute: number): void {
  const mib = (bytes: number) => (bytes / MIB).toFixed(1)
  console.log(
    [
      `${((minute + 1 - START) / MINUTES_PER_HOUR).toFixed(0)} h`,
      `${(seen.rows / 1e6).toFixed(1)} M rows`,
      `lists ${mib(seen.bytes)} of ${mib(limits.bytesMax)} MiB, Redis ${mib(seen.redis)} of ${REDIS_MIB} MiB at most`,
      `failed calls ${JSON.stringify(Object.fromEntries(failures))}`,
      `lists asked ${seen.asked}, proven ${seen.proven}, wrong 0, rows lost ${seen.lost}`,
      `exact reads ${seen.reads}, longest pass ${seen.foldMs.toFixed(0)} ms`,
    ].join('; '),
  )
}
