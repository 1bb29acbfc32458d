// One query service of the week: the route of top lists as it is, on a real Redis. The store of counts, of which it
// reads single videos, is the truth itself: it would be as large as the week.
import { once } from 'node:events'
import { buildServer } from '../../lib/http/server.ts'
import { systemClock } from '../../lib/system-clock.ts'
import { minuteText } from '../../lib/time-text.ts'
import { MINUTE_MS, type Series } from '../../model/bucket.ts'
import { EMPTY } from '../../model/total.ts'
import type { QueryDeps } from '../../services/query/deps.ts'
import { LAST_KNOWN_SETTINGS, LastKnown } from '../../services/query/kept/last-known.ts'
import { registerTops } from '../../services/query/tops/top-route.ts'
import { type Checkpoint, PERIOD_MINUTES, type Period, type PeriodRange } from '../../stores/counts/counts.ts'
import { CALL_LIMITS, type CacheErrorCode, RedisCalls } from '../../stores/redis/calls.ts'
import { openRedis } from '../../stores/redis/connection.ts'
import { RedisTops } from '../../stores/tops/redis-tops.ts'
import { MemoryCounts } from '../../testing/memory-counts.ts'
import { queryDeps } from '../../testing/query-fixture.ts'
import type { Question } from './questions.ts'
import type { Traffic, Type } from './traffic.ts'
import type { Listed } from './verdict.ts'

/** Lists are checked, so none is taken from an answer before, however slow the machine is. */
const SETTINGS = { ...LAST_KNOWN_SETTINGS, patienceMs: 10 * MINUTE_MS }

export type QueryProcessOptions = {
  readonly redisUrl: string
  readonly traffic: Traffic
  readonly nowMs: () => number
  readonly checkpoints: ReadonlyMap<string, Checkpoint>
  readonly aheadMs: number
  readonly onFailed: (code: CacheErrorCode) => void
}

export type Asked = {
  /** Null: it was refused. */
  readonly answer: Listed | null
  readonly seconds: number
  /** Of single videos. */
  readonly exactReads: number
}

export class QueryProcess {
  readonly #redis: ReturnType<typeof openRedis>
  readonly #app = buildServer()
  readonly #counts: TrueCounts

  private constructor(options: QueryProcessOptions) {
    const { redisUrl, nowMs, checkpoints, aheadMs, onFailed } = options
    this.#redis = openRedis({ url: redisUrl, name: 'tally-week-lists' })
    this.#counts = new TrueCounts(options.traffic)
    const clock = { ...systemClock, nowMs }
    const calls = new RedisCalls(this.#redis, systemClock, CALL_LIMITS, onFailed)
    const tops = new RedisTops({ calls, checkpoints: async () => checkpoints, aheadMs })
    const deps: QueryDeps = {
      ...queryDeps(new MemoryCounts()),
      counts: this.#counts,
      clock,
      progress: () => ({ asOfMs: nowMs() }),
      lastKnown: new LastKnown({ clock, shared: null, onStale: () => {} }, SETTINGS),
    }
    registerTops(this.#app, { ...deps, tops })
  }

  static async start(options: QueryProcessOptions): Promise<QueryProcess> {
    const started = new QueryProcess(options)
    await once(started.#redis, 'ready')
    return started
  }

  async ask({ type, from, to, order }: Question, limit: number): Promise<Asked> {
    const range = { startTime: minuteText(from), endTime: minuteText(to) }
    const query = { eventType: type, ...range, order, limit: String(limit) }
    const readsBefore = this.#counts.reads
    const startedMs = performance.now()
    const { statusCode, body } = await this.#app.inject({ url: '/v1/top', query })
    const seconds = (performance.now() - startedMs) / 1_000
    if (statusCode !== 200 && statusCode !== 503) throw new Error(body)
    const answer = statusCode === 200 ? (JSON.parse(body) as Listed) : null
    return { answer, seconds, exactReads: this.#counts.reads - readsBefore }
  }

  async close(): Promise<void> {
    await this.#app.close()
    this.#redis.disconnect()
  }
}

class TrueCounts extends MemoryCounts {
  readonly #traffic: Traffic
  reads = 0

  constructor(traffic: Traffic) {
    super()
    this.#traffic = traffic
  }

  override async read({ videoId, type }: Series, { resolution, from, to }: PeriodRange) {
    this.reads++
    const length = PERIOD_MINUTES[resolution]
    const periods: Period[] = []
    for (let start = from; start < to; start += length) {
      const count = this.#traffic.sumOf(videoId, { type: type as Type, from: start, to: start + length })
      if (count !== 0) periods.push({ start, aggregate: { ...EMPTY, count } })
    }
    return { periods, stale: false }
  }
}
