// One Cassandra cluster as the counts use it: prepared statements that are safe to repeat, and errors with our codes.
// It knows nothing of what the statements mean.
import { type Client, types } from 'cassandra-driver'
import { countsErrorOf, isOverload } from '../../cassandra/counts-error.ts'
import { AdaptiveLimit, type LimitBounds } from './adaptive-limit.ts'
import type { Statement } from './row-batches.ts'

const { consistencies } = types
const FETCH_ROWS = 5_000
const WRITE_TIMEOUT_MS = 6_000 // longer than the server's, which reports why
const READ_TIMEOUT_MS = 6_000
/** A query that waits for a quorum falls back to one replica after this. */
const QUERY_TIMEOUT_MS = 2_000

const WRITE = { consistency: consistencies.quorum, logged: false, readTimeout: WRITE_TIMEOUT_MS }
const READ = { consistency: consistencies.quorum, readTimeout: READ_TIMEOUT_MS }
const QUERY = { consistency: consistencies.localQuorum, readTimeout: QUERY_TIMEOUT_MS }
const QUERY_ONE = { consistency: consistencies.localOne, readTimeout: QUERY_TIMEOUT_MS }

/** Requests at once, of writes and of reads of a takeover together. */
const LIMIT_BOUNDS: LimitBounds = { least: 4, first: 32, most: 256, latencyMaxMs: 500 }

export type Params = readonly unknown[]

type ReadOptions = { readonly consistency: number; readonly readTimeout: number }

/** All calls fail with a CountsError. */
export class Store {
  readonly #client: Client

  constructor(client: Client) {
    this.#client = client
  }

  /** At QUORUM; statements of one batch take effect together or may take effect in part. */
  async write(statements: readonly Statement[]): Promise<void> {
    const [first] = statements
    if (first === undefined) return
    try {
      if (statements.length === 1) await this.#client.execute(first.query, [...first.params], WRITE)
      else await this.#client.batch(statements as { query: string; params: Buffer[] }[], WRITE)
    } catch (error) {
      throw countsErrorOf(error)
    }
  }

  /** At QUORUM: sees every write that was resolved. */
  read<Row>(query: string, params: Params): Promise<Row[]> {
    return this.#rows(query, params, READ)
  }

  /** At LOCAL_QUORUM, or if that is unavailable, from one replica, which may be `stale`. */
  async query<Row>(query: string, params: Params): Promise<{ rows: Row[]; stale: boolean }> {
    try {
      return { rows: await this.#rows(query, params, QUERY), stale: false }
    } catch (error) {
      const { code } = countsErrorOf(error)
      if (code !== 'unavailable' && code !== 'timeout' && code !== 'overloaded') throw error
      return { rows: await this.#rows(query, params, QUERY_ONE), stale: true }
    }
  }

  /** The address of the first node that holds the partition of these key values. */
  placeOf(keyValues: readonly Buffer[]): string {
    const { keyspace, metadata } = this.#client
    const [replica] = metadata.getReplicas(keyspace!, routingKey(keyValues)) ?? []
    return replica?.address ?? ''
  }

  /** At QUORUM, a page at a time. */
  readPages<Row>(query: string, params: Params = []): AsyncGenerator<readonly Row[]> {
    return this.#pages(query, params, READ)
  }

  async #rows<Row>(query: string, params: Params, options: ReadOptions): Promise<Row[]> {
    const rows: Row[] = []
    for await (const page of this.#pages<Row>(query, params, options)) rows.push(...page)
    return rows
  }

  async *#pages<Row>(query: string, params: Params, options: ReadOptions): AsyncGenerator<readonly Row[]> {
    let pageState: string | undefined
    try {
      do {
        const page = { ...options, fetchSize: FETCH_ROWS, ...(pageState === undefined ? {} : { pageState }) }
        const result = await this.#client.execute(query, [...params], page)
        yield result.rows as unknown as Row[]
        pageState = result.pageState ?? undefined
      } while (pageState !== undefined)
    } catch (error) {
      throw countsErrorOf(error)
    }
  }
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
