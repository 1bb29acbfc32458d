// Sketches on Cassandra: a cell for each register, whose timestamp is the rank that it holds. Last write wins, so the
// highest rank wins: merging needs no read, no lock and no order, and a zombie cannot undo anything.
import type { Client } from 'cassandra-driver'
import type { Clock } from '../../../lib/clock.ts'
import { RecentValues } from '../../../lib/recent-values.ts'
import { MINUTE_MS, MINUTES_PER_DAY } from '../../../model/bucket.ts'
import { HyperLogLog } from '../../../model/hyper-log-log.ts'
import type { HourSketch } from '../../../model/viewer-sketches.ts'
import { type Statement, ttlSeconds } from '../../counts/cassandra/row-batches.ts'
import { Store, type StoreLevels } from '../../counts/cassandra/store.ts'
import { bigintValue, dateValue, dayOf, intValue, timestampValue } from '../../counts/cassandra/values.ts'
import { coverOf, periodsOf, type SketchPeriod } from '../periods.ts'
import { SKETCH_HOURS_KEPT_DAYS, type StoredSketch, type Uniques, type UniquesScan } from '../uniques.ts'
import { RAISE_REGISTERS, SELECT_REGISTERS, SELECT_STORED_SKETCHES } from './statements.ts'

/** How long hours are kept, with a day of reserve; days are kept for ever. */
const HOUR_RETENTION_MS = (SKETCH_HOURS_KEPT_DAYS + 1) * MINUTES_PER_DAY * MINUTE_MS
const FOR_EVER = 0
/** Sketches whose stored registers are cached, at most 4 KiB each: only higher ranks are written. */
const KNOWN_SKETCHES_MAX = 5_000
const WRITES_IN_FLIGHT_MAX = 32
const READS_IN_FLIGHT_MAX = 16
/** A row has up to 4,096 registers. */
const PAGE_ROWS = 200

type Registers = Readonly<Record<string, number>>
type SketchRow = { readonly registers: Registers | null }
type StoredRow = SketchRow & {
  readonly tenant: string
  readonly video_id: string
  readonly resolution: SketchPeriod['resolution']
  readonly start: Date
}

/** One partition of a video's sketches. */
type Partition = { readonly resolution: string; readonly period: Buffer; first: number; last: number }

/** All calls fail with a CountsError and are safe to repeat. */
export class CassandraUniques implements Uniques, UniquesScan {
  readonly #store: Store
  readonly #clock: Pick<Clock, 'nowMs'>
  readonly #known = new RecentValues<HyperLogLog>(KNOWN_SKETCHES_MAX)

  constructor(client: Client, clock: Pick<Clock, 'nowMs'>, levels?: StoreLevels) {
    this.#store = new Store(client, levels)
    this.#clock = clock
  }

  async merge(sketches: readonly HourSketch[]): Promise<void> {
    await this.mergeStored(
      sketches.flatMap(({ hour, ...one }) => periodsOf(hour).map((period) => ({ ...one, ...period }))),
    )
  }

  async mergeStored(sketches: readonly StoredSketch[]): Promise<void> {
    for (let at = 0; at < sketches.length; at += WRITES_IN_FLIGHT_MAX) {
      const some = sketches.slice(at, at + WRITES_IN_FLIGHT_MAX)
      await Promise.all(some.map((one) => this.#raise(one)))
    }
  }

  async *stored(): AsyncGenerator<readonly StoredSketch[]> {
    for await (const rows of this.#store.readPages<StoredRow>(SELECT_STORED_SKETCHES, [], PAGE_ROWS)) {
      yield rows.map(({ tenant, video_id: videoId, resolution, start, registers }) => {
        const sketch = new HyperLogLog()
        raise(sketch, registers)
        return { tenant, videoId, resolution, start: start.getTime() / MINUTE_MS, sketch }
      })
    }
  }

  async read(tenant: string, videoId: string, from: number, to: number) {
    const sketch = new HyperLogLog()
    let stale = false
    const partitions = partitionsOf(from, to)
    for (let at = 0; at < partitions.length; at += READS_IN_FLIGHT_MAX) {
      const some = partitions.slice(at, at + READS_IN_FLIGHT_MAX)
      const answers = await Promise.all(some.map((partition) => this.#query(tenant, videoId, partition)))
      for (const answer of answers) {
        stale ||= answer.stale
        for (const { registers } of answer.rows) raise(sketch, registers)
      }
    }
    return { sketch, stale }
  }

  async #raise({ tenant, videoId, sketch, ...period }: StoredSketch): Promise<void> {
    const key = [period.resolution, period.start, tenant, videoId].join('\t')
    const known = this.#known.get(key) ?? new HyperLogLog()
    const ttl =
      period.resolution === 'day'
        ? FOR_EVER
        : ttlSeconds(period.start, this.#clock.nowMs(), HOUR_RETENTION_MS)
    const place = [...keyParams(tenant, videoId, period), timestampValue(period.start)]
    const raised = [...sketch.registers()].filter(([register, rank]) => rank > known.rankOf(register))
    const byRank = Map.groupBy(raised, ([, rank]) => rank)
    const statements = Array.from(byRank, ([rank, registers]): Statement => {
      return {
        query: RAISE_REGISTERS,
        params: [bigintValue(BigInt(rank)), intValue(ttl), mapValue(registers), ...place],
      }
    })
    await this.#store.write(statements) // one partition, and so one mutation
    for (const [register, rank] of raised) known.raise(register, rank)
    this.#known.set(key, known, 1)
  }

  #query(tenant: string, videoId: string, { resolution, period, first, last }: Partition) {
    const params = [tenant, videoId, resolution, period, timestampValue(first), timestampValue(last)]
    return this.#store.query<SketchRow>(SELECT_REGISTERS, params)
  }
}

function raise(sketch: HyperLogLog, registers: Registers | null): void {
  for (const [register, rank] of Object.entries(registers ?? {})) sketch.raise(Number(register), rank)
}

function keyParams(tenant: string, videoId: string, period: SketchPeriod): Buffer[] {
  return [Buffer.from(tenant), Buffer.from(videoId), Buffer.from(period.resolution), periodValue(period)]
}

/** The partition: the day of an hour, or the first day of a day's month. */
function periodValue({ resolution, start }: SketchPeriod): Buffer {
  const day = dayOf(start)
  return dateValue(resolution === 'hour' ? day : day - new Date(start * MINUTE_MS).getUTCDate() + 1)
}

function partitionsOf(from: number, to: number): Partition[] {
  const partitions = new Map<string, Partition>()
  for (const at of coverOf(from, to)) {
    const period = periodValue(at)
    const key = `${at.resolution} ${period.readUInt32BE()}`
    const known = partitions.get(key)
    if (known === undefined) {
      partitions.set(key, { resolution: at.resolution, period, first: at.start, last: at.start })
    } else known.last = at.start
  }
  return [...partitions.values()]
}

/** A map<smallint, tinyint>: the number of entries, then each key and value preceded by its length. */
function mapValue(entries: readonly (readonly [register: number, rank: number])[]): Buffer {
  const bytes = Buffer.allocUnsafe(4 + entries.length * 11)
  let at = bytes.writeInt32BE(entries.length)
  for (const [register, rank] of entries) {
    at = bytes.writeInt32BE(2, at)
    at = bytes.writeInt16BE(register, at)
    at = bytes.writeInt32BE(1, at)
    at = bytes.writeInt8(rank, at)
  }
  return bytes
}
