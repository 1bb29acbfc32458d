// Titles on Cassandra. What is written and built upon has levels of its own, those of titleLevels, and slows down when
// the servers do, on which counts are too. Questions have
// time-outs of their own, and are never asked of fewer replicas: what those miss would be called missing.
import { type Client, types } from 'cassandra-driver'
import { inTime } from '../../../lib/in-time.ts'
import { mapBounded } from '../../../lib/map-bounded.ts'
import type { Level } from '../../cassandra/consistency.ts'
import { CountsError, countsErrorOf } from '../../cassandra/counts-error.ts'
import type { AdaptiveLimit } from '../../counts/cassandra/adaptive-limit.ts'
import { allOf } from '../../counts/cassandra/all-of.ts'
import { isSet } from '../../counts/cassandra/compare-and-set.ts'
import type { Statement } from '../../counts/cassandra/row-batches.ts'
import { type Params, Store, type StoreLevels, storeLimit } from '../../counts/cassandra/store.ts'
import { intValue } from '../../counts/cassandra/values.ts'
import type { AnnotationChange } from '../annotation-table.ts'
import { type Annotation, inTime as byTime } from '../annotations.ts'
import { LAST, NEXT } from '../index-entries.ts'
import { byBytes } from '../search-place.ts'
import type {
  EntryChanges,
  StoredVideo,
  TitleProgress,
  TitleReads,
  TitleStore,
  TitleTables,
  TitleWrites,
  VideoName,
} from '../title-tables.ts'
import type { IndexRange } from '../video-search.ts'
import type { Video } from '../videos.ts'
import * as cql from './statements.ts'
import { levelOfQuestions } from './title-levels.ts'
import {
  firstOf,
  indexParams,
  nameParams,
  noteParams,
  offsetValue,
  SHARDS,
  shardOf,
  textValue,
} from './title-values.ts'

const READ_TIMEOUT_MS = 1_500
/** Of the whole request: what is left after the timeout of one node is for the node that is asked next. */
const READ_DEADLINE_MS = 2_500
/** How long a process that ended is taken to go on. */
const CLAIM_SECONDS = 30
/** Servers warn of batches over more partitions. */
const BATCH_PARTITIONS_MAX = 10
/** Of one question: all searches together take a part of the connections, and leave the rest to single titles. */
const VIDEOS_AT_ONCE = 16
const ALL_SHARDS = Array.from({ length: SHARDS }, (_, shard) => shard)
const { quorum } = types.consistencies

/** All calls fail with a CountsError and are safe to repeat. */
export class CassandraTitles implements TitleStore {
  readonly #client: Client
  readonly #levels: StoreLevels
  readonly #store: Store
  /** Of all changes of this process, whoever applies them. */
  readonly #limit: AdaptiveLimit
  /** Whose topic it is, and which texts the index holds. */
  readonly #topic: string

  constructor(client: Client, levels: StoreLevels, topic: string, nowMs: () => number) {
    this.#client = client
    this.#levels = levels
    this.#store = new Store(client, levels)
    this.#limit = storeLimit(nowMs)
    this.#topic = topic
  }

  of(life: number): TitleTables {
    const name = `${this.#topic}.${life}`
    return {
      reads: new Reads(this.#client, this.#levels, name),
      writes: new Writes(this.#store, this.#limit, name),
    }
  }

  async progress(): Promise<TitleProgress | null> {
    type Row = {
      readonly life: number
      readonly applied_to: bigint | null
      readonly is_whole: boolean | null
    }
    const [row] = await this.#store.read<Row>(cql.SELECT_PROGRESS, [this.#topic])
    if (row === undefined) return null
    return { life: row.life, appliedTo: Number(row.applied_to ?? 0), isWhole: row.is_whole ?? false }
  }

  async begin(life: number): Promise<void> {
    await this.#set(cql.BEGIN_LIFE, [this.#topic, life])
  }

  async claim(life: number, worker: string): Promise<boolean> {
    type Row = { readonly worker: string | null }
    const [row] = await this.#store.read<Row>(cql.SELECT_WORKER, [this.#topic, life])
    const holder = row?.worker ?? null
    if (holder !== null && holder !== worker) return false // a compare-and-set costs more than a look
    return this.#set(cql.CLAIM, [CLAIM_SECONDS, worker, this.#topic, life, holder])
  }

  async release(life: number, worker: string): Promise<void> {
    await this.#set(cql.RELEASE, [this.#topic, life, worker])
  }

  async note(life: number, appliedTo: number): Promise<void> {
    const offset = offsetValue(appliedTo)
    await this.#store.write([
      { query: cql.NOTE_APPLIED, params: [offset, offset, textValue(this.#topic), intValue(life)] },
    ])
  }

  async noteWhole(life: number): Promise<void> {
    const params = [offsetValue(1), textValue(this.#topic), intValue(life)]
    await this.#store.write([{ query: cql.NOTE_WHOLE, params }])
  }

  async #set(statement: string, params: readonly unknown[]): Promise<boolean> {
    try {
      return await isSet(this.#client, statement, params, quorum)
    } catch (error) {
      throw countsErrorOf(error)
    }
  }
}

class Reads implements TitleReads {
  readonly #client: Client
  readonly #levels: StoreLevels
  readonly #life: string

  constructor(client: Client, levels: StoreLevels, life: string) {
    this.#client = client
    this.#levels = levels
    this.#life = life
  }

  async entries({ tenant, kind, group, prefix, after }: IndexRange, limit: number): Promise<string[]> {
    const past = after === null ? prefix : after + NEXT
    const from = byBytes(past, prefix) > 0 ? past : prefix
    const bounds = [textValue(from), textValue(prefix + LAST), intValue(limit)]
    const entry = { kind, group, text: prefix }
    const lists = await allOf(
      ALL_SHARDS.map(async (shard) => {
        const params = [...indexParams(this.#life, tenant, entry, shard), ...bounds]
        const rows = await this.#rows<{ readonly entry: string }>(cql.SELECT_ENTRIES, params, limit)
        return rows.map((row) => row.entry)
      }),
    )
    return firstOf(lists, limit)
  }

  videos(tenant: string, videoIds: readonly string[]): Promise<(Video | null)[]> {
    return mapBounded(videoIds, VIDEOS_AT_ONCE, async (videoId) => {
      const params = nameParams(this.#life, { tenant, videoId })
      const [row] = await this.#rows<{ readonly video: string }>(cql.SELECT_VIDEO, params, 1)
      return JSON.parse(row?.video ?? 'null')
    })
  }

  async annotations(name: VideoName, limit: number): Promise<Annotation[]> {
    type Row = { readonly annotation_id: string; readonly annotation: string }
    const params = [...noteParams(this.#life, name), intValue(limit)]
    const rows = await this.#rows<Row>(cql.SELECT_NOTES, params, limit)
    return rows
      .map((row) => ({ annotationId: row.annotation_id, ...JSON.parse(row.annotation) }))
      .sort(byTime)
  }

  async annotationCount(tenant: string, most: number): Promise<number> {
    const names = [this.#life, tenant].map(textValue)
    const counts = await allOf(
      ALL_SHARDS.map(async (shard) => {
        const params = [...names, intValue(shard), intValue(most)]
        return (await this.#rows(cql.SELECT_NOTES_OF_SHARD, params, most)).length
      }),
    )
    return Math.min(
      most,
      counts.reduce((sum, count) => sum + count, 0),
    )
  }

  /** Of one page, which holds all that the statement asks for. */
  async #rows<Row>(query: string, params: readonly Buffer[], fetchSize: number): Promise<Row[]> {
    const consistency = codeOf(levelOfQuestions(this.#levels))
    const options = { consistency, readTimeout: READ_TIMEOUT_MS, fetchSize }
    const late = () => new CountsError('timeout', `Cassandra did not answer within ${READ_DEADLINE_MS} ms.`)
    try {
      const { rows } = await inTime(this.#client.execute(query, [...params], options), READ_DEADLINE_MS, late)
      return rows as unknown as Row[]
    } catch (error) {
      throw countsErrorOf(error)
    }
  }
}

class Writes implements TitleWrites {
  readonly #store: Store
  readonly #limit: AdaptiveLimit
  readonly #life: string

  constructor(store: Store, limit: AdaptiveLimit, life: string) {
    this.#store = store
    this.#limit = limit
    this.#life = life
  }

  async stored(name: VideoName): Promise<StoredVideo | null> {
    type Row = { readonly video: string; readonly offset: bigint }
    const [row] = await this.#read<Row>(cql.SELECT_STORED, nameParams(this.#life, name))
    return row === undefined ? null : { video: JSON.parse(row.video), offset: Number(row.offset) }
  }

  async writeVideo(name: VideoName, video: Video | null, offset: number): Promise<void> {
    const value = textValue(JSON.stringify(video))
    const params = [offsetValue(offset), value, ...nameParams(this.#life, name)]
    await this.#write([{ query: cql.UPDATE_VIDEO, params }])
  }

  async writeEntries({ tenant, videoId }: VideoName, changes: EntryChanges, offset: number): Promise<void> {
    const at = offsetValue(offset)
    const shard = shardOf(videoId)
    const statements: Statement[] = [
      ...changes.added.map((entry) => ({
        query: cql.INSERT_ENTRY,
        params: [...indexParams(this.#life, tenant, entry, shard), textValue(entry.text), at],
      })),
      ...changes.removed.map((entry) => ({
        query: cql.DELETE_ENTRY,
        params: [at, ...indexParams(this.#life, tenant, entry, shard), textValue(entry.text)],
      })),
    ]
    const batches = Array.from({ length: Math.ceil(statements.length / BATCH_PARTITIONS_MAX) }, (_, i) =>
      statements.slice(i * BATCH_PARTITIONS_MAX, (i + 1) * BATCH_PARTITIONS_MAX),
    )
    await allOf(batches.map((batch) => this.#write(batch)))
  }

  async writeAnnotation(
    { annotationId, annotation, ...name }: AnnotationChange,
    offset: number,
  ): Promise<void> {
    const key = [...noteParams(this.#life, name), textValue(annotationId)]
    const at = offsetValue(offset)
    const statement =
      annotation === null
        ? { query: cql.DELETE_NOTE, params: [at, ...key] }
        : { query: cql.INSERT_NOTE, params: [...key, textValue(JSON.stringify(annotation)), at] }
    await this.#write([statement])
  }

  async removeAnnotations(name: VideoName, offset: number): Promise<void> {
    const key = noteParams(this.#life, name)
    // Most videos have none, and would leave a deletion each. Where so many were removed that servers refuse to look,
    // one deletion takes the place of all: a tenant that does so must not hold up the titles of all others. How long a
    // look takes may be that tenant's doing too, so it does not count against the servers.
    const found = await this.#store.read(cql.SELECT_NOTES, [...key, intValue(1)]).catch(() => null)
    if (found?.length === 0) return
    await this.#write([{ query: cql.DELETE_NOTES, params: [offsetValue(offset), ...key] }])
  }

  #read<Row>(query: string, params: Params): Promise<Row[]> {
    return this.#limit.run(() => this.#store.read<Row>(query, params))
  }

  #write(statements: readonly Statement[]): Promise<void> {
    return this.#limit.run(() => this.#store.write(statements))
  }
}

/** As the driver calls it. */
function codeOf(level: Level): number {
  const name = level.toLowerCase().replace(/_(.)/g, (_, letter: string) => letter.toUpperCase())
  return types.consistencies[name as keyof typeof types.consistencies]
}
