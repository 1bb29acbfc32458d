// Turns the rows of writes that go together into statements, by partition. A long tail is rows and little else, so what
// many of them have in common is encoded once: names, times, keys. Pure.
import { type Bucket, hourOf, MINUTES_PER_DAY, MINUTES_PER_HOUR, type Series } from '../../../model/bucket.ts'
import { writeTimestampMicros } from '../../../model/total.ts'
import type { CountRow, RefusedRow } from '../counts.ts'
import { type CountForm, nameHash, shardsOf } from './count-forms.ts'
import type { SourceWrite } from './gathered-writes.ts'
import { bitOf } from './known-notes.ts'
import {
  keyPart,
  partitionKey,
  type Statement,
  sharedKey,
  sharedKeyParams,
  ttlSeconds,
} from './row-batches.ts'
import { INSERT_SHARED_TOTAL } from './shared-statements.ts'
import { INSERT_TOTAL } from './statements.ts'
import { bigintValue, dateValue, dayOf, intValue, timestampValue, totalValue } from './values.ts'

/** Rows of a source, and by which entries their table was chosen. */
export type FormedWrite = SourceWrite & { readonly forms: readonly CountForm[] }

/** A statement and its row, so that the caller can report the row's outcome to whoever wrote it. */
export type RowStatement = Statement & { readonly row: CountRow; readonly write: FormedWrite }

/**
 * A statement that writes an index entry for a row of this write, which is safe to repeat, and how it is remembered:
 * see KnownNotes.
 */
export type NoteStatement = Statement & {
  readonly key: string
  readonly note: number
  readonly write: FormedWrite
}

/** Statements of one partition. */
export type Lot<S extends Statement> = {
  /** The values of its key. */
  readonly keyParams: readonly Buffer[]
  readonly statements: S[]
}

/** Lots by the names of their partitions. */
export class Lots<S extends Statement> {
  readonly #lots = new Map<string, Lot<S>>()

  of(name: string, keyParamsOf: () => readonly Buffer[]): Lot<S> {
    return this.#lots.getOrInsertComputed(name, () => ({ keyParams: keyParamsOf(), statements: [] }))
  }

  get all(): readonly Lot<S>[] {
    return Array.from(this.#lots.values())
  }
}

/** A day of a series that a write has rows of: they may be in several partitions. */
export class SeriesDay {
  readonly write: FormedWrite
  readonly series: Series
  readonly day: number
  /** The day, and the names of the series, as parameters. */
  readonly date: Buffer
  readonly tenant: Buffer
  readonly video: Buffer
  readonly type: Buffer
  readonly #hash: number
  /** A bit for each hour of the day that has rows. */
  hours = 0
  /** Those of them whose rows are in `counts`. */
  hoursOfOwn = 0
  /** In how many shards the others are. */
  shards: readonly number[] = NO_SHARDS

  constructor(write: FormedWrite, series: Series, { day, date }: Day, [tenant, video, type]: Names) {
    this.write = write
    this.series = series
    this.day = day
    this.date = date
    this.tenant = tenant
    this.video = video
    this.type = type
    this.#hash = nameHash(tenant, video)
  }

  /** Identifies it. */
  get key(): string {
    return partitionKey(this.series, this.day)
  }

  /** Its partition in `counts`. */
  get keyParams(): readonly Buffer[] {
    return [this.tenant, this.video, this.type, this.date]
  }

  /** As of its video. */
  shardOf(shards: number): number {
    return this.#hash % shards
  }
}

const NO_SHARDS: readonly number[] = []

type Names = readonly [tenant: Buffer, video: Buffer, type: Buffer]

/** What came of the rows of one write. */
export type WriteParts = {
  readonly write: FormedWrite
  readonly days: readonly SeriesDay[]
  /** Rows that do not fit the types of the schema. */
  readonly refused: readonly RefusedRow[]
}

export type Partitioned = {
  readonly lots: readonly Lot<RowStatement>[]
  readonly parts: readonly WriteParts[]
}

export type PartitionRules = { readonly nowMs: number; readonly retentionMs: number }

/** Rows of one partition are one lot, whichever write they are of. */
export function partitionRows(writes: readonly FormedWrite[], rules: PartitionRules): Partitioned {
  const lots = new Lots<RowStatement>()
  const parts = writes.map((write) => new WritePartition(write, rules, lots).parts())
  return { lots: lots.all, parts }
}

/** What the rows of one minute have in common. */
type MinuteValues = {
  /** Null: they are in `counts`. */
  readonly shards: number | null
  /** These shards, as a list: most series have rows of one number of shards. */
  readonly alone: readonly number[]
  readonly start: Buffer
  readonly ttl: Buffer
  /** Of the hour in its day. */
  readonly hourBit: number
  /** By shard, as far as they were needed. */
  readonly lots: Map<number, Lot<RowStatement>>
  readonly day: Day
}

type Day = {
  readonly day: number
  readonly date: Buffer
  /** By type, tenant and video. */
  readonly series: Map<string, Map<string, Map<string, SeriesDay>>>
}

class WritePartition {
  readonly #write: FormedWrite
  readonly #rules: PartitionRules
  readonly #lots: Lots<RowStatement>
  readonly #source: Buffer
  readonly #minutes = new Map<number, MinuteValues>()
  readonly #days = new Map<number, Day>()
  readonly #seriesDays: SeriesDay[] = []
  /** Tenants and types: few. */
  readonly #names = new Map<string, Buffer>()

  constructor(write: FormedWrite, rules: PartitionRules, lots: Lots<RowStatement>) {
    this.#write = write
    this.#rules = rules
    this.#lots = lots
    this.#source = Buffer.from(write.sourceId)
  }

  parts(): WriteParts {
    const refused: RefusedRow[] = []
    for (const row of this.#write.rows) {
      try {
        this.#add(row)
      } catch (error) {
        refused.push({ row, reason: (error as Error).message })
      }
    }
    return { write: this.#write, days: this.#seriesDays, refused }
  }

  #add(row: CountRow): void {
    const { bucket, total } = row
    const value = totalValue(total)
    const at = this.#minute(bucket.minute)
    const day = this.#dayOf(bucket, at.day)
    const stamp = bigintValue(writeTimestampMicros(bucket.minute, total.upTo))
    const { shards, start, ttl } = at
    const { statements, keyParams } = this.#lotOf(at, day, bucket.minute)
    const source = this.#source
    const params =
      shards === null
        ? [...keyParams, start, source, value, stamp, ttl]
        : [...keyParams, day.tenant, day.video, day.type, start, source, value, stamp, ttl]
    const query = shards === null ? INSERT_TOTAL : INSERT_SHARED_TOTAL
    statements.push({ query, params, row, write: this.#write })
    day.hours |= at.hourBit
    if (shards === null) day.hoursOfOwn |= at.hourBit
    else if (day.shards === NO_SHARDS) day.shards = at.alone
    else if (!day.shards.includes(shards)) day.shards = [...day.shards, shards]
  }

  #lotOf(at: MinuteValues, day: SeriesDay, minute: number): Lot<RowStatement> {
    const { shards } = at
    if (shards === null) return this.#lots.of(day.key, () => day.keyParams)
    const shard = day.shardOf(shards)
    return at.lots.getOrInsertComputed(shard, () => {
      const place = { shard, hour: hourOf(minute) }
      return this.#lots.of(sharedKey(place), () => sharedKeyParams(place))
    })
  }

  #minute(minute: number): MinuteValues {
    return this.#minutes.getOrInsertComputed(minute, () => {
      const { nowMs, retentionMs } = this.#rules
      const day = dayOf(minute)
      const shards = shardsOf(this.#write.forms, minute)
      return {
        shards,
        alone: shards === null ? NO_SHARDS : [shards],
        start: timestampValue(minute),
        ttl: intValue(ttlSeconds(minute, nowMs, retentionMs)),
        hourBit: bitOf((hourOf(minute) - day * MINUTES_PER_DAY) / MINUTES_PER_HOUR),
        lots: new Map(),
        day: this.#days.getOrInsertComputed(day, () => ({ day, date: dateValue(day), series: new Map() })),
      }
    })
  }

  #dayOf(bucket: Bucket, day: Day): SeriesDay {
    const { tenant, videoId, type } = bucket
    const videos = day.series
      .getOrInsertComputed(type, () => new Map())
      .getOrInsertComputed(tenant, () => new Map<string, SeriesDay>())
    const held = videos.get(videoId)
    if (held !== undefined) return held
    const made = new SeriesDay(this.#write, bucket, day, [
      this.#name(tenant),
      keyPart(videoId),
      this.#name(type),
    ])
    videos.set(videoId, made)
    this.#seriesDays.push(made)
    return made
  }

  #name(text: string): Buffer {
    return this.#names.getOrInsertComputed(text, keyPart)
  }
}
