// Checks every write of owners against the reference, at the moment when it is requested:
// a row must be the exact total of the log's prefix up to its `upTo`, whoever writes it and when (laws 1, 2, 7), and a
// checkpoint must not pass anything that is not durable already (law 6).

import type { Naming } from '../model/naming.ts'
import type { Total } from '../model/total.ts'
import { decodeDeadLetter } from '../schemas/dead-letter.ts'
import type { SchemaSet } from '../schemas/schema-set.ts'
import type { InTime } from '../stores/archive/archive.ts'
import type { Checkpoint, CountRow } from '../stores/counts/counts.ts'
import { COUNTED_LANES, type LogRecord, type Source } from '../stores/log/log.ts'
import { eventName, ReferenceSource, splitRecord } from './reference.ts'
import type { Replicas } from './replicas.ts'
import type { StoreWitness } from './simulated-store.ts'

export class Violation extends Error {}

export class Witness implements StoreWitness {
  readonly sources = new Map<string, ReferenceSource>()
  /** The content of the side lanes: names of late events, and `source offset index` of dead letters. */
  readonly lateLane = new Set<string>()
  readonly deadLetters = new Set<string>()
  /** From which time on sources belong to names; known from when the first process knows it. */
  sourcesFromMs = Number.POSITIVE_INFINITY
  /** By the generation of the key. */
  readonly #namings = new Map<number, Naming>()
  readonly #schemas: SchemaSet
  readonly #replicas: Replicas
  readonly #newReference: () => ReferenceSource
  readonly #fail: (violation: Violation) => void

  constructor(
    schemas: SchemaSet,
    replicas: Replicas,
    { horizonMs, aheadMs, earlierHorizons = [] }: InTime,
    fail: (violation: Violation) => void,
  ) {
    this.#schemas = schemas
    this.#replicas = replicas
    this.#newReference = () => new ReferenceSource(schemas, horizonMs, aheadMs, earlierHorizons[0] ?? null)
    this.#fail = fail
  }

  onAppend(source: Source, record: LogRecord): void {
    if (COUNTED_LANES.includes(source.lane)) this.reference(source.id).append(record)
    else if (source.lane === 'events-late') this.#keepLate(record)
    else this.#keepDead(record)
  }

  reference(sourceId: string): ReferenceSource {
    let held = this.sources.get(sourceId)
    if (held === undefined) {
      held = this.#newReference()
      this.sources.set(sourceId, held)
    }
    return held
  }

  /** Told of how a process names events. All of them must do alike, as long as the agreement is not lost. */
  onNaming(generation: number, naming: Naming): void {
    const known = this.#namings.get(generation) ?? naming
    this.#namings.set(generation, known)
    this.sourcesFromMs = known.sourcesFromMs
    const isSame = naming.key.id === known.key.id && naming.sourcesFromMs === known.sourcesFromMs
    this.#expect(isSame, `a process names events by ${textOf(naming)}, and another one by ${textOf(known)}`)
  }

  onRows(sourceId: string, rows: readonly CountRow[]): void {
    const reference = this.reference(sourceId)
    for (const { bucket, total } of rows) {
      const { tenant, videoId, type, minute } = bucket
      const name = [tenant, videoId, type, minute].join('|')
      const expected = reference.totals.get(name)?.get(total.upTo)
      this.#expect(
        sameTotal(total, expected),
        `row ${sourceId} ${name}: ${show(total)}, not ${show(expected)}`,
      )
    }
  }

  onCheckpoint(sourceId: string, checkpoint: Checkpoint): void {
    const reference = this.reference(sourceId)
    const at = `checkpoint ${sourceId} at ${checkpoint.offset}`
    const prefix = reference.prefixes[checkpoint.offset]
    this.#expect(
      prefix !== undefined &&
        prefix.logTimeMs === checkpoint.logTimeMs &&
        JSON.stringify(prefix.ledger) === JSON.stringify(checkpoint.ledger),
      `${at}: ${show(checkpoint)}, not ${show(prefix)}`,
    )
    for (const name of reference.totals.keys())
      this.#expectDurable(sourceId, reference, name, checkpoint.offset, at)
    for (const { offset, name } of reference.late) {
      if (offset > checkpoint.offset) break
      this.#expect(this.lateLane.has(name), `${at}: the late event ${name} is not kept`)
    }
    for (const { offset, index } of reference.dead) {
      if (offset > checkpoint.offset) break
      const letter = `${sourceId} ${offset} ${index}`
      this.#expect(this.deadLetters.has(letter), `${at}: the dead letter ${letter} is not kept`)
    }
  }

  /** Every pair of replicas must return the bucket's total as of this offset, or a later one. */
  #expectDurable(
    sourceId: string,
    reference: ReferenceSource,
    name: string,
    offset: number,
    at: string,
  ): void {
    const expected = reference.totalAt(name, offset)
    if (expected === undefined) return
    for (const cell of this.#replicas.views(`row|${sourceId}|${name}`)) {
      const upTo = (cell?.value as Total | undefined)?.upTo ?? -1
      this.#expect(
        upTo >= expected.upTo,
        `${at}: ${name} is durable up to ${upTo} only, not ${expected.upTo}`,
      )
    }
  }

  #keepLate(record: LogRecord): void {
    for (const body of splitRecord(record.bytes) ?? []) {
      const event = this.#schemas.decodeEvent(body)
      if (typeof event !== 'string') this.lateLane.add(eventName(event))
    }
  }

  #keepDead(record: LogRecord): void {
    const letter = decodeDeadLetter(record.bytes)
    this.#expect(letter !== null, 'the dead lane holds something that is no dead letter')
    if (letter !== null) this.deadLetters.add(`${letter.source} ${letter.offset} ${letter.index}`)
  }

  #expect(holds: boolean, message: string): void {
    if (!holds) this.#fail(new Violation(message))
  }
}

function textOf({ key, sourcesFromMs }: Naming): string {
  return `key ${key.id} and sources from ${sourcesFromMs} on`
}

export function sameTotal(a: Total | undefined, b: Total | undefined): boolean {
  return a !== undefined && b !== undefined && show(a) === show(b)
}

/** A value on one line, keys in order. */
export function show(value: unknown): string {
  return JSON.stringify(value, (_, part) => {
    if (typeof part === 'bigint') return `${part}n`
    if (part === null || typeof part !== 'object' || Array.isArray(part)) return part
    return Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
