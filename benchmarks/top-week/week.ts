// A week of top lists in virtual time, through the code of the product on a real Redis: counting processes write what
// is stored, make room in turns, and hand sources over; query processes ask, and each answer is compared with the
// truth.
import { once } from 'node:events'
import type { Clock } from '../../lib/clock.ts'
import { systemClock } from '../../lib/system-clock.ts'
import { MINUTE_MS, MINUTES_PER_HOUR } from '../../model/bucket.ts'
import { EMPTY } from '../../model/total.ts'
import { FASTEST_RISING, MOST_COUNTED } from '../../services/query/tops/ranking.ts'
import { BATCH_SOURCE, type Checkpoint, type CountRow, EMPTY_LEDGER } from '../../stores/counts/counts.ts'
import { CALL_LIMITS, type CacheErrorCode, RedisCalls } from '../../stores/redis/calls.ts'
import { openRedis } from '../../stores/redis/connection.ts'
import { BYTES_KEY, SOURCES_KEY } from '../../stores/tops/redis-top-keys.ts'
import { RedisTopWriter, TOP_WRITER_LIMITS } from '../../stores/tops/redis-top-writer.ts'
import { topLimits } from '../../stores/tops/top-limits.ts'
import { type Asked, QueryProcess } from './query-process.ts'
import { dueQuestions, type Question, windowBefore } from './questions.ts'
import { type Counted, SOURCES, Traffic, type TrafficSettings } from './traffic.ts'
import { type Truth, type Verdict, verdictOf } from './verdict.ts'

export type WeekOptions = Pick<TrafficSettings, 'seed' | 'newVideosAMinute'> & {
  /** It is emptied, and bounded. */
  readonly redisUrl: string
  readonly redisBytesMax: number
  readonly minutes: number
  readonly topsBytesMax: number
  readonly onHour?: (week: Week) => Promise<void>
}

export type WeekState = {
  /** Writes of anybody that Redis refused because it was full. */
  readonly refusedWrites: number
  /** Calls of top lists, and writes of others, that it refused for any reason. */
  readonly refusedCalls: number
  readonly evictedKeys: number
  /** Rows of minutes before it were lost for lack of room; 0: none. */
  readonly lostBefore: number
  /** What the lists take, by their own account. */
  readonly listsBytes: number
  readonly redisBytes: number
  /** Since the server was started. */
  readonly redisPeakBytes: number
  readonly redisCpuSeconds: number
}

export type Outcome = Verdict | 'refused'

/** Of one kind of question. */
export type Answers = {
  readonly outcomes: Map<Outcome, number>
  readonly seconds: number[]
  readonly exactReads: number[]
}

const START_MINUTE = 29_000_160
const AHEAD_MS = MINUTE_MS
const POLL_MS = 2
const RETRY_MS = 100
/** As that of processes that write news. */
const CALL_TIMEOUT_MS = 1_000
const HANDOVER_MINUTES = 11 * MINUTES_PER_HOUR + 7
/** What others have in the same Redis: the last thousand answers, together a thirteenth of its memory. */
const NEIGHBOUR = { share: 1 / 13, keys: 1_000 } as const
/** The longer one is asked right after the shorter one. */
const LIMITS = [10, 100] as const

type Redis = ReturnType<typeof openRedis>

class VirtualClock implements Clock {
  ms = START_MINUTE * MINUTE_MS
  nowMs = () => this.ms
  /** Short in real time: nothing waits for a minute. */
  sleep = (ms: number, signal?: AbortSignal) => systemClock.sleep(ms / 20, signal)
}

export class Week {
  readonly #options: WeekOptions
  readonly #clock = new VirtualClock()
  readonly #traffic: Traffic
  readonly #checkpoints = new Map<string, Checkpoint>()
  readonly #own: Redis
  /** The last one is the batch layer's. */
  readonly #writers: readonly RedisTopWriter[]
  readonly #clients: readonly Redis[]
  #asking: QueryProcess | null = null
  /** How often sources were handed over. */
  #turn = 0
  /** Calls that failed, by code: those of top lists, and the writes of others. */
  readonly failures = new Map<CacheErrorCode, number>()
  readonly answers = new Map<string, Answers>()
  rows = 0
  longestPassSeconds = 0
  listsBytesMost = 0
  redisBytesMost = 0

  private constructor(options: WeekOptions, clients: readonly Redis[]) {
    this.#options = options
    const { seed, newVideosAMinute, topsBytesMax } = options
    this.#traffic = new Traffic({ seed, newVideosAMinute, firstMinute: START_MINUTE })
    this.#clients = clients
    this.#own = clients[0]!
    const settings = { ...TOP_WRITER_LIMITS, aheadMs: AHEAD_MS, limits: topLimits(topsBytesMax) }
    this.#writers = clients.slice(1).map((redis) => {
      const limits = { ...CALL_LIMITS, timeoutMs: CALL_TIMEOUT_MS }
      const calls = new RedisCalls(redis, systemClock, limits, this.#onFailed)
      return new RedisTopWriter(calls, this.#clock, settings)
    })
  }

  static async start(options: WeekOptions): Promise<Week> {
    const names = ['own', 'counting-1', 'counting-2', 'batch']
    const clients = names.map((name) => openRedis({ url: options.redisUrl, name: `tally-week-${name}` }))
    await Promise.all(clients.map((redis) => once(redis, 'ready')))
    const week = new Week(options, clients)
    const limits = ['maxmemory', String(options.redisBytesMax), 'maxmemory-policy', 'noeviction']
    await week.#patiently((own) => own.flushall())
    await week.#patiently((own) => own.call('CONFIG', 'SET', ...limits))
    await week.#patiently((own) => own.config('RESETSTAT'))
    for (const source of SOURCES) week.#writerOf(source).begin(source, null)
    week.#asking = await week.#newProcess()
    return week
  }

  /** Minutes that have passed. */
  get minutes(): number {
    return this.#traffic.now - START_MINUTE
  }

  async run(): Promise<void> {
    while (this.minutes < this.#options.minutes) {
      await this.#minute()
      if (this.minutes % MINUTES_PER_HOUR === 0) await this.#options.onHour?.(this)
    }
  }

  async close(): Promise<void> {
    for (const writer of this.#writers) await writer.close()
    await this.#asking?.close()
    for (const redis of this.#clients) redis.disconnect()
  }

  /** A number that Redis tells of itself; 0 where it tells none. */
  async #told(section: string, field: string): Promise<number> {
    const text = await this.#patiently((own) => own.info(section))
    return Number(new RegExp(`^${field}:(?:count=)?([\\d.]+)`, 'm').exec(text)?.[1] ?? 0)
  }

  /** How it stands now. */
  async state(): Promise<WeekState> {
    return {
      refusedWrites: await this.#told('errorstats', 'errorstat_OOM'),
      refusedCalls: this.failures.get('refused') ?? 0,
      evictedKeys: await this.#told('stats', 'evicted_keys'),
      lostBefore: Number((await this.#patiently((own) => own.hget(BYTES_KEY, 'lost'))) ?? 0),
      listsBytes: await this.#listsBytes(),
      redisBytes: await this.#told('memory', 'used_memory'),
      redisPeakBytes: await this.#told('memory', 'used_memory_peak'),
      redisCpuSeconds: (await this.#told('cpu', 'used_cpu_user')) + (await this.#told('cpu', 'used_cpu_sys')),
    }
  }

  async #minute(): Promise<void> {
    this.#clock.ms = (this.#traffic.now + 1) * MINUTE_MS
    await this.#write(this.#traffic.nextMinute())
    const startedMs = performance.now()
    await this.#writers[this.minutes % this.#writers.length]!.fold().catch(() => {}) // counted as a failed call
    this.longestPassSeconds = Math.max(this.longestPassSeconds, (performance.now() - startedMs) / 1_000)
    const key = `tally:answers:${this.minutes % NEIGHBOUR.keys}`
    const value = Buffer.alloc((NEIGHBOUR.share * this.#options.redisBytesMax) / NEIGHBOUR.keys)
    await this.#patiently((own) => own.set(key, value)).catch(() => this.#onFailed('refused'))
    this.listsBytesMost = Math.max(this.listsBytesMost, await this.#listsBytes())
    if (this.minutes % HANDOVER_MINUTES === 0) this.#handOver()
    await this.#askAll()
    this.redisBytesMost = Math.max(this.redisBytesMost, await this.#told('memory', 'used_memory'))
  }

  /** A connection is given up after seconds, which a busy machine may take to answer; what Redis says counts. */
  async #patiently<T>(ask: (own: Redis) => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await ask(this.#own)
      } catch (error) {
        if ((error as Error).name === 'ReplyError') throw error
        await systemClock.sleep(RETRY_MS)
      }
    }
  }

  async #listsBytes(): Promise<number> {
    return Number((await this.#patiently((own) => own.hget(BYTES_KEY, 'all'))) ?? 0)
  }

  /** What is stored in a minute, and then its checkpoints; resolves when Redis has all of it. */
  async #write(counted: readonly Counted[]): Promise<void> {
    this.rows += counted.length
    const offset = this.minutes
    const bySource = Map.groupBy(counted, ({ source }) => source)
    for (const source of [...SOURCES, BATCH_SOURCE]) {
      const rows = (bySource.get(source) ?? []).map((row) => rowOf(row, offset))
      if (rows.length > 0) this.#writerOf(source).write(source, rows)
    }
    const checkpoint = { offset, logTimeMs: this.#clock.ms, ledger: EMPTY_LEDGER }
    const all = [...SOURCES, BATCH_SOURCE]
    await Promise.all(all.map((source) => this.#writerOf(source).reached(source, checkpoint)))
    for (const source of SOURCES) this.#checkpoints.set(source, checkpoint)
    for (;;) {
      const records = await this.#patiently((own) => own.hmget(SOURCES_KEY, ...all))
      if (records.every((record) => record?.split(' ')[1] === String(offset))) return
      await systemClock.sleep(POLL_MS)
    }
  }

  #writerOf(source: string): RedisTopWriter {
    if (source === BATCH_SOURCE) return this.#writers.at(-1)!
    return this.#writers[(SOURCES.indexOf(source as (typeof SOURCES)[number]) + this.#turn) % 2]!
  }

  /** Each counting process takes the sources of the other one. */
  #handOver(): void {
    this.#turn++
    for (const source of SOURCES) this.#writerOf(source).begin(source, this.#checkpoints.get(source)!)
  }

  async #askAll(): Promise<void> {
    for (const { kind, question, newProcesses } of dueQuestions(this.#traffic.now, this.minutes)) {
      if (newProcesses !== null) await this.#askAtOnce(kind, question, newProcesses)
      else
        for (const limit of LIMITS)
          this.#take(kind, question, limit, await this.#asking!.ask(question, limit))
    }
  }

  /** Nothing is in the memory of these processes. */
  async #askAtOnce(kind: string, question: Question, processes: number): Promise<void> {
    const [limit] = LIMITS
    const all = await Promise.all(Array.from({ length: processes }, () => this.#newProcess()))
    const asked = await Promise.all(all.map((process) => process.ask(question, limit)))
    for (const one of asked) this.#take(kind, question, limit, one)
    await Promise.all(all.map((process) => process.close()))
  }

  #take(kind: string, question: Question, limit: number, { answer, seconds, exactReads }: Asked): void {
    const none = (): Answers => ({ outcomes: new Map(), seconds: [], exactReads: [] })
    const held = this.answers.getOrInsertComputed(kind, none)
    const outcome = answer === null ? 'refused' : verdictOf(answer, this.#truthOf(question, limit))
    held.outcomes.set(outcome, (held.outcomes.get(outcome) ?? 0) + 1)
    if (limit === LIMITS[0]) held.seconds.push(seconds) // the next one shares what was read
    held.exactReads.push(exactReads)
  }

  #truthOf(question: Question, limit: number): Truth {
    const isRising = question.order === 'rising'
    const before = isRising ? windowBefore(question) : null
    return {
      top: this.#traffic.top(isRising ? FASTEST_RISING : MOST_COUNTED, limit, question, before),
      limit,
      countOf: (videoId) => this.#traffic.sumOf(videoId, question),
      previousOf: before && ((videoId) => this.#traffic.sumOf(videoId, before)),
    }
  }

  #newProcess(): Promise<QueryProcess> {
    const { redisUrl } = this.#options
    const common = {
      redisUrl,
      traffic: this.#traffic,
      nowMs: this.#clock.nowMs,
      checkpoints: this.#checkpoints,
    }
    return QueryProcess.start({ ...common, aheadMs: AHEAD_MS, onFailed: this.#onFailed })
  }

  readonly #onFailed = (code: CacheErrorCode) =>
    void this.failures.set(code, (this.failures.get(code) ?? 0) + 1)
}

function rowOf({ videoId, type, minute, count }: Counted, upTo: number): CountRow {
  return { bucket: { tenant: '', videoId, type, minute }, total: { ...EMPTY, count, upTo } }
}
