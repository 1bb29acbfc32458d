// The stores of an owner: counts on three replicas, hints that get lost, a node's own disk.

import type { Bucket } from '../model/bucket.ts'
import type { Total } from '../model/total.ts'
import { writeTimestampMicros } from '../model/total.ts'
import { shardOf } from '../stores/counts/cassandra/count-forms.ts'
import { type Batch, GatheredWrites, type SourceWrite } from '../stores/counts/cassandra/gathered-writes.ts'
import type { Checkpoint, CountRow, CountWriter } from '../stores/counts/counts.ts'
import type { HintBlock, HintStore } from '../stores/hints/hints.ts'
import type { LogRecord, Source } from '../stores/log/log.ts'
import type { ObjectStore } from '../stores/objects/objects.ts'
import type { SnapshotStore } from '../stores/snapshots/snapshots.ts'
import { type Node, type Weather, weatheredCall } from './node.ts'
import type { Random } from './random.ts'
import type { Mutation, Replicas } from './replicas.ts'
import type { TogetherSettings } from './settings.ts'

export function rowKey(sourceId: string, { tenant, videoId, type, minute }: Bucket): string {
  return ['row', sourceId, tenant, videoId, type, minute].join('|')
}

/** Null for another kind of key. */
export function parseRowKey(key: string): Bucket | null {
  const [table, , tenant, videoId, type, minute] = key.split('|') as string[]
  return table === 'row' ? { tenant: tenant!, videoId: videoId!, type: type!, minute: Number(minute) } : null
}

export function checkpointKey(sourceId: string): string {
  return `checkpoint|${sourceId}`
}

/** The highest checkpoint that some read returns; -1 for none. */
export function storedTo(replicas: Replicas, sourceId: string): number {
  const cells = replicas.views(checkpointKey(sourceId))
  return Math.max(...cells.map((cell) => (cell?.value as Checkpoint | undefined)?.offset ?? -1))
}

/** Called for every write when it is requested, before any replica has it. */
export type StoreWitness = {
  onRows(sourceId: string, rows: readonly CountRow[]): void
  onCheckpoint(sourceId: string, checkpoint: Checkpoint): void
}

/**
 * The counts as all sources of a process write them: what is of one shard goes together, by the production code.
 */
export function countsTogether(
  node: Node,
  replicas: Replicas,
  witness: StoreWitness,
  { shards, turnMs }: TogetherSettings,
): CountWriter {
  const begin = (writes: readonly SourceWrite[]): Batch<SourceWrite>[] => {
    const parts = writes.flatMap((write) => write.rows.map((row) => ({ write, row })))
    return Array.from(Map.groupBy(parts, ({ row }) => shardOf(row.bucket, shards)).values(), (batch) => {
      const mutations = batch.map(({ write, row }) => mutationOf(write.sourceId, row))
      const of = new Set(batch.map(({ write }) => write))
      return { of, stored: replicas.write(node, mutations).then(() => []) }
    })
  }
  const gathered = new GatheredWrites(begin, () => node.clock.sleep(turnMs))
  return {
    ...countsOn(node, replicas, witness),
    write: (sourceId, rows) => {
      witness.onRows(sourceId, rows)
      return gathered.write({ sourceId, rows })
    },
  }
}

function mutationOf(sourceId: string, { bucket, total }: CountRow): Mutation {
  return {
    key: rowKey(sourceId, bucket),
    cell: { timestamp: writeTimestampMicros(bucket.minute, total.upTo), value: total },
  }
}

/** @param isTorn whether the next write of rows reaches one replica alone */
export function countsOn(
  node: Node,
  replicas: Replicas,
  witness: StoreWitness,
  isTorn = () => false,
): CountWriter {
  return {
    write: async (sourceId, rows) => {
      witness.onRows(sourceId, rows)
      const mutations = rows.map((row) => mutationOf(sourceId, row))
      await (isTorn() ? replicas.tear(node, mutations) : replicas.write(node, mutations))
      return []
    },
    hydrate: async (sourceId, buckets) => {
      const cells = await replicas.read(
        node,
        buckets.map((bucket) => rowKey(sourceId, bucket)),
      )
      return cells.map((cell) => (cell === undefined ? null : (cell.value as Total)))
    },
    readCheckpoint: async (sourceId) => {
      const [cell] = await replicas.read(node, [checkpointKey(sourceId)])
      return cell === undefined ? null : (cell.value as Checkpoint)
    },
    writeCheckpoint: (sourceId, checkpoint) => {
      witness.onCheckpoint(sourceId, checkpoint)
      const cell = { timestamp: BigInt(checkpoint.offset), value: checkpoint }
      return replicas.write(node, [{ key: checkpointKey(sourceId), cell }])
    },
  }
}

export class SimulatedHints {
  readonly #blocks = new Map<string, HintBlock[]>()
  readonly #random: Random
  readonly #weather: Weather

  constructor(random: Random, weather: Weather) {
    this.#random = random
    this.#weather = weather
  }

  on(node: Node): HintStore {
    return {
      put: (sourceId, block) =>
        weatheredCall(node, this.#random, this.#weather, () => {
          this.#blocks.set(sourceId, [...(this.#blocks.get(sourceId) ?? []), block])
        }),
      read: (sourceId, from, to) =>
        weatheredCall(node, this.#random, this.#weather, () =>
          (this.#blocks.get(sourceId) ?? [])
            .filter((block) => block.to > from && block.from < to)
            .sort((a, b) => a.from - b.from),
        ),
    }
  }

  /** Loses some blocks, or all. */
  lose(share: number): void {
    for (const [sourceId, blocks] of this.#blocks) {
      this.#blocks.set(
        sourceId,
        blocks.filter(() => !this.#random.chance(share)),
      )
    }
  }
}

/** The disk of one machine: it outlives the processes on it, and may keep half of what was being written. */
export class SimulatedDisk {
  readonly #files = new Map<string, Uint8Array>()
  readonly #random: Random
  readonly #weather: Weather

  constructor(random: Random, weather: Weather) {
    this.#random = random
    this.#weather = weather
  }

  on(node: Node): SnapshotStore {
    const call = <T>(serve: () => T) => weatheredCall(node, this.#random, this.#weather, serve)
    return {
      read: (sourceId) => call(() => copyOf(this.#files.get(sourceId))),
      write: (sourceId, bytes) => {
        const torn = this.#random.chance(0.1)
        const kept = torn ? bytes.slice(0, this.#random.int(0, bytes.length)) : Uint8Array.from(bytes)
        return call(() => {
          this.#files.set(sourceId, kept)
        })
      },
    }
  }
}

/** The objects that all processes share. Stored objects stay. */
export class SimulatedObjects {
  readonly #kept = new Map<string, Uint8Array>()
  readonly #random: Random
  readonly #weather: Weather
  readonly #onDangling: (message: string) => void

  constructor(random: Random, weather: Weather, onDangling: (message: string) => void) {
    this.#random = random
    this.#weather = weather
    this.#onDangling = onDangling
  }

  on(node: Node): Pick<ObjectStore, 'read' | 'write'> {
    const call = <T>(serve: () => T) => weatheredCall(node, this.#random, this.#weather, serve)
    return {
      read: (key) => call(() => copyOf(this.#kept.get(key))),
      write: (key, bytes) => {
        const sent = Uint8Array.from(bytes)
        return call(() => {
          this.#kept.set(key, sent)
        })
      },
    }
  }

  /**
   * The content of a message of the overload lane, found independently of the production code. Its object must exist
   * already.
   */
  meantBy({ lane, id }: Source, record: LogRecord): LogRecord {
    const key = lane === 'events-overflow' ? keyIn(record.bytes) : null
    if (key === null) return record
    const bytes = this.#kept.get(key)
    if (bytes === undefined) this.#onDangling(`${id} ${record.offset} names ${key}, which is not stored`)
    return { ...record, bytes: bytes ?? record.bytes }
  }
}

/** Null if the bytes are not our message. */
function keyIn(bytes: Uint8Array): string | null {
  return /^{"object":"([^"]+)"/.exec(Buffer.from(bytes).toString())?.[1] ?? null
}

function copyOf(bytes: Uint8Array | undefined): Uint8Array | null {
  return bytes === undefined ? null : Uint8Array.from(bytes)
}
