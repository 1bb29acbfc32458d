// The expected counts, computed independently: reads the log from its start, one event at a time, with plain sets and
// maps, and never forgets an id. It shares the vocabulary with processing and no code except the schema set's slow
// reader.

import type { Event } from '../model/event.ts'
import type { EarlierHorizon } from '../model/horizons.ts'
import type { Total } from '../model/total.ts'
import type { SchemaSet } from '../schemas/schema-set.ts'
import type { Ledger } from '../stores/counts/counts.ts'
import type { LogRecord } from '../stores/log/log.ts'

/** The tenants of simulated clients. */
export const CLIENT_TENANTS: readonly string[] = ['', 'bob']

export type Outcome = 'counted' | 'duplicate' | 'late' | 'dead'

/** The state of a source after this record. */
type Prefix = { readonly logTimeMs: number; readonly ledger: Ledger }

export class ReferenceSource {
  /** For each bucket every total that it ever had, by the offset that made it. */
  readonly totals = new Map<string, Map<number, Total>>()
  readonly prefixes: Prefix[] = []
  /** The names of events of the tenants to which simulated clients belong. */
  readonly counted = new Set<string>()
  /** Offset and index of everything that cannot be counted. */
  readonly dead: { readonly offset: number; readonly index: number }[] = []
  readonly late: { readonly offset: number; readonly name: string }[] = []
  readonly #schemas: SchemaSet
  readonly #horizonMs: number
  readonly #aheadMs: number
  /** A shorter one that held before. */
  readonly #earlier: EarlierHorizon | null
  readonly #seen = new Set<string>()
  #logTimeMs = -Infinity

  constructor(schemas: SchemaSet, horizonMs: number, aheadMs: number, earlier: EarlierHorizon | null = null) {
    this.#schemas = schemas
    this.#earlier = earlier
    this.#horizonMs = horizonMs
    this.#aheadMs = aheadMs
  }

  append(record: LogRecord): void {
    this.#logTimeMs = Math.max(this.#logTimeMs, record.logTimeMs)
    const bodies = splitRecord(record.bytes)
    const outcomes = (bodies ?? []).map((body, index) => this.#take(record.offset, index, body))
    if (bodies === null) this.dead.push({ offset: record.offset, index: -1 })
    const count = (outcome: Outcome) => outcomes.filter((o) => o === outcome).length
    const before = this.prefixes.at(-1)?.ledger
    this.prefixes.push({
      logTimeMs: this.#logTimeMs,
      ledger: {
        records: (before?.records ?? 0) + 1,
        events: (before?.events ?? 0) + outcomes.length,
        counted: (before?.counted ?? 0) + count('counted'),
        duplicate: (before?.duplicate ?? 0) + count('duplicate'),
        late: (before?.late ?? 0) + count('late'),
        dead: (before?.dead ?? 0) + count('dead'),
        deadRecords: (before?.deadRecords ?? 0) + (bodies === null ? 1 : 0),
      },
    })
  }

  /** The bucket's total as of an offset, or undefined if nothing was counted by then. */
  totalAt(bucket: string, offset: number): Total | undefined {
    let newest: Total | undefined
    for (const [at, total] of this.totals.get(bucket) ?? []) if (at <= offset) newest = total
    return newest
  }

  #take(offset: number, index: number, body: Uint8Array): Outcome {
    const event = this.#schemas.decodeEvent(body)
    if (typeof event === 'string' || event.timeMs > this.#logTimeMs + this.#aheadMs) {
      this.dead.push({ offset, index })
      return 'dead'
    }
    if (event.timeMs < this.#oldestMs()) {
      this.late.push({ offset, name: eventName(event) })
      return 'late'
    }
    const name = eventName(event)
    if (this.#seen.has(name)) return 'duplicate'
    this.#seen.add(name)
    if (CLIENT_TENANTS.includes(event.tenant)) this.counted.add(name)
    this.#count(offset, event, Math.floor(event.timeMs / 60_000))
    return 'counted'
  }

  /** Before the shorter horizon ends it alone decides, and what it has closed by then stays closed. */
  #oldestMs(): number {
    const oldestMs = this.#logTimeMs - this.#horizonMs
    if (this.#earlier === null) return oldestMs
    const { horizonMs, untilMs } = this.#earlier
    if (this.#logTimeMs <= untilMs) return this.#logTimeMs - horizonMs
    return Math.max(untilMs - horizonMs, oldestMs)
  }

  #count(offset: number, event: Event, minute: number): void {
    const bucket = [event.tenant, event.videoId, event.type, minute].join('|')
    const totals = this.totals.get(bucket) ?? new Map<number, Total>()
    this.totals.set(bucket, totals)
    const last = Array.from(totals.values()).at(-1)
    const value = event.valueThousandths
    const values = [last?.min, last?.max, value].filter((v) => v !== null && v !== undefined)
    totals.set(offset, {
      count: (last?.count ?? 0) + 1,
      values: (last?.values ?? 0) + (value === null ? 0 : 1),
      sum: (last?.sum ?? 0n) + BigInt(value ?? 0),
      min: values.length === 0 ? null : Math.min(...values),
      max: values.length === 0 ? null : Math.max(...values),
      upTo: offset,
    })
  }
}

export type EventName = Pick<Event, 'tenant' | 'videoId' | 'type' | 'timeMs' | 'source' | 'id'>

/** The whole name of an event as text: equal names make copies. */
export function eventName({ tenant, videoId, type, timeMs, source, id }: EventName): string {
  return JSON.stringify([tenant, videoId, type, Math.floor(timeMs / 60_000), source, id])
}

/** What the event of this name is called where sources belong to names only from a minute on. */
export function nameWithSourcesFrom(sourcesFromMs: number, name: string): string {
  const [tenant, videoId, type, minute, source, id] = JSON.parse(name) as [
    string,
    string,
    string,
    number,
    string,
    string,
  ]
  return JSON.stringify([tenant, videoId, type, minute, minute * 60_000 < sourcesFromMs ? null : source, id])
}

/** The single-object bodies of a record, or null when its framing is broken. */
export function splitRecord(bytes: Uint8Array): Uint8Array[] | null {
  const view = Buffer.from(bytes)
  if (view.length < 6 || view[0] !== 0x54 || view[1] !== 1) return null
  const bodies: Uint8Array[] = []
  let at = 6
  for (let left = view.readUInt32LE(2); left > 0; left--) {
    if (at + 4 > view.length) return null
    const end = at + 4 + view.readUInt32LE(at)
    if (end > view.length) return null
    bodies.push(view.subarray(at + 4, end))
    at = end
  }
  return at === view.length ? bodies : null
}
