// One Cassandra cluster as the counts use it: prepared statements that may be sent twice, errors in our own
// words, and an end to every wait. It knows nothing of what the statements mean.
import { type Client, types } from 'cassandra-driver'
import { inTime } from '../../../lib/in-time.ts'
import { DEFAULT_LEVELS, type Level, type Levels } from '../../cassandra/consistency.ts'
import { CountsError, countsErrorOf, isOverload } from '../../cassandra/counts-error.ts'
import type { Promised } from '../../cassandra/replication.ts'
import { AdaptiveLimit, type LimitBounds } from './adaptive-limit.ts'
import type { Statement } from './row-batches.ts'

const FETCH_ROWS = 5_000
const PAGE_ATTEMPTS_MAX = 5
/** Of one node. The server gives up first, and says why. */
const WRITE_TIMEOUT_MS = 6_000
const READ_TIMEOUT_MS = 6_000
/** A query that waits for a quorum falls back to one replica after this. */
const QUERY_TIMEOUT_MS = 2_000
const QUERY_ONE_TIMEOUT_MS = 1_500
/**
 * Of the whole request: what is left after the timeout of one node is for the node that is asked next, and for all that
 * the driver waits for with timeouts of its own, as for a node that has to prepare a statement again.
 */
const WRITE_DEADLINE_MS = 12_000
const READ_DEADLINE_MS = 8_000
const QUERY_DEADLINE_MS = 2_500
const QUERY_ONE_DEADLINE_MS = 2_000

const WRITE = { logged: false, readTimeout: WRITE_TIMEOUT_MS }
const READ = { readTimeout: READ_TIMEOUT_MS, deadlineMs: READ_DEADLINE_MS }
const QUERY = { readTimeout: QUERY_TIMEOUT_MS, deadlineMs: QUERY_DEADLINE_MS }
const QUERY_ONE = {
  consistency: types.consistencies.localOne,
  readTimeout: QUERY_ONE_TIMEOUT_MS,
  deadlineMs: QUERY_ONE_DEADLINE_MS,
}
const CODES: Readonly<Record<Level, number>> = {
  ONE: types.consistencies.one,
  TWO: types.consistencies.two,
  THREE: types.consistencies.three,
  LOCAL_ONE: types.consistencies.localOne,
  LOCAL_QUORUM: types.consistencies.localQuorum,
  QUORUM: types.consistencies.quorum,
  EACH_QUORUM: types.consistencies.eachQuorum,
  ALL: types.consistencies.all,
}

/** Requests at once, of writes and of reads of a takeover together. */
const LIMIT_BOUNDS: LimitBounds = { least: 4, first: 32, most: 256, latencyMaxMs: 500 }

export type Params = readonly unknown[]

type ReadOptions = {
  readonly consistency: number
  readonly readTimeout: number
  readonly deadlineMs: number
  readonly routingKey?: Buffer
  /** Of each page; missing: 1. */
  readonly attemptsMax?: number
}

export type StoreLevels = Levels & {
  /** With the replicas that the keyspace has now. */
  readonly promised: () => Promised
}

const STORE_LEVELS: StoreLevels = {
  ...DEFAULT_LEVELS,
  promised: () => ({ isQueryFresh: true, fault: null }),
}

/**
 * All calls fail with a CountsError. What is written or built upon is `unavailable` while the keyspace has a number of
 * replicas with which its levels would lose counts.
 */
export class Store {
  readonly #client: Client
  readonly #write: typeof WRITE & { readonly consistency: number }
  readonly #read: ReadOptions
  readonly #query: ReadOptions
  readonly #promised: () => Promised

  constructor(client: Client, { write, hydrate, query, promised }: StoreLevels = STORE_LEVELS) {
    this.#client = client
    this.#write = { ...WRITE, consistency: CODES[write] }
    this.#read = { ...READ, consistency: CODES[hydrate] }
    this.#query = { ...QUERY, consistency: CODES[query] }
    this.#promised = promised
  }

  /** Statements of one batch take effect together or may take effect in part. */
  async write(statements: readonly Statement[]): Promise<void> {
    const [first] = statements
    if (first === undefined) return
    this.#refuseUnsafe()
    try {
      const written =
        statements.length === 1
          ? this.#client.execute(first.query, [...first.params], this.#write)
          : this.#client.batch(statements as { query: string; params: Buffer[] }[], this.#write)
      await byDeadline(written, WRITE_DEADLINE_MS)
    } catch (error) {
      throw countsErrorOf(error)
    }
  }

  /**
   * Sees every write that was resolved.
   * @param near key values of a partition, whose node is asked; default: told by the parameters
   */
  async read<Row>(query: string, params: Params, near?: readonly Buffer[]): Promise<Row[]> {
    this.#refuseUnsafe()
    const routed = near === undefined ? this.#read : { ...this.#read, routingKey: routingKey(near) }
    return this.#rows(query, params, routed)
  }

  /**
   * At the level of queries, or if that is unavailable, from one replica. `stale`: writes may be missing that were
   * resolved.
   */
  async query<Row>(query: string, params: Params): Promise<{ rows: Row[]; stale: boolean }> {
    try {
      const { isQueryFresh } = this.#promised()
      return { rows: await this.#rows(query, params, this.#query), stale: !isQueryFresh }
    } catch (error) {
      const { code } = countsErrorOf(error)
      if (code !== 'unavailable' && code !== 'timeout' && code !== 'overloaded') throw error
      return { rows: await this.#rows(query, params, QUERY_ONE), stale: true }
    }
  }

  /** Its name. */
  get keyspace(): string {
    return this.#client.keyspace!
  }

  /** The address of the first node that holds the partition of these key values. */
  placeOf(keyValues: readonly Buffer[]): string {
    const { keyspace, metadata } = this.#client
    const [replica] = metadata.getReplicas(keyspace!, routingKey(keyValues)) ?? []
    return replica?.address ?? ''
  }

  /** As `read`, a page at a time. A page that takes too long is asked for again: a table may have many. */
  async *readPages<Row>(
    query: string,
    params: Params = [],
    pageRows = FETCH_ROWS,
  ): AsyncGenerator<readonly Row[]> {
    this.#refuseUnsafe()
    yield* this.#pages<Row>(query, params, { ...this.#read, attemptsMax: PAGE_ATTEMPTS_MAX }, pageRows)
  }

  #refuseUnsafe(): void {
    const { fault } = this.#promised()
    if (fault !== null) throw new CountsError('unavailable', fault)
  }

  async #rows<Row>(query: string, params: Params, options: ReadOptions): Promise<Row[]> {
    const rows: Row[] = []
    for await (const page of this.#pages<Row>(query, params, options)) rows.push(...page)
    return rows
  }

  async *#pages<Row>(
    query: string,
    params: Params,
    options: ReadOptions,
    fetchSize = FETCH_ROWS,
  ): AsyncGenerator<readonly Row[]> {
    const { deadlineMs, attemptsMax = 1, ...ofPage } = options
    let pageState: string | undefined
    try {
      do {
        const page = { ...ofPage, fetchSize, ...(pageState === undefined ? {} : { pageState }) }
        const ask = () => byDeadline(this.#client.execute(query, [...params], page), deadlineMs)
        const result = await again(ask, attemptsMax)
        yield result.rows as unknown as Row[]
        pageState = result.pageState ?? undefined
      } while (pageState !== undefined)
    } catch (error) {
      throw countsErrorOf(error)
    }
  }
}

/** As long as it takes too long, and so often at most. */
async function again<T>(ask: () => Promise<T>, attemptsMax: number): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask()
    } catch (error) {
      const { code } = countsErrorOf(error)
      if (attempt === attemptsMax || (code !== 'timeout' && code !== 'overloaded')) throw error
    }
  }
}

/** After the deadline a request fails with a CountsError, and its outcome is nobody's. */
function byDeadline<T>(request: Promise<T>, deadlineMs: number): Promise<T> {
  const late = () => new CountsError('timeout', `Cassandra did not answer within ${deadlineMs} ms.`)
  return inTime(request, deadlineMs, late)
}

/** A separate limit for a component that writes a lot. */
export function storeLimit(nowMs: () => number): AdaptiveLimit {
  return new AdaptiveLimit(LIMIT_BOUNDS, nowMs, isOverload)
}

/** A partition key of several values: each preceded by its length and followed by a zero byte (CompositeType). */
function routingKey(values: readonly Buffer[]): Buffer {
  const parts = values.flatMap((value) => {
    const length = Buffer.allocUnsafe(2)
    length.writeUInt16BE(value.length)
    return [length, value, ZERO]
  })
  return Buffer.concat(parts)
}

const ZERO = Buffer.alloc(1)
