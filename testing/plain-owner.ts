// An owner of a source without I/O, for tests: it carries out effects on maps, stores tables on command, and records
// all requests.
import type { Total } from '../model/total.ts'
import { Decoder } from '../services/processing/core/decode-record.ts'
import type { Effect, Input } from '../services/processing/core/protocol.ts'
import type { SourceState } from '../services/processing/core/source-state.ts'
import { step } from '../services/processing/core/step.ts'
import type { Sealed } from '../services/processing/core/write-queue.ts'
import type { Checkpoint, CountRow } from '../stores/counts/counts.ts'
import type { HintBlock } from '../stores/hints/hints.ts'
import type { LogRecord } from '../stores/log/log.ts'
import type { DeadLetter } from '../stores/log/side-lanes.ts'
import { NAME_KEY, schemas } from './event-fixture.ts'

/** The durable state, which outlives owners. */
export class PlainStore {
  readonly rows = new Map<string, Total>()
  readonly late: Uint8Array[] = []
  readonly dead: DeadLetter[] = []
  readonly hints: HintBlock[] = []
  checkpoint: Checkpoint | null = null

  keep({ rows, late, dead }: Sealed): void {
    for (const { bucket, total } of rows) {
      const held = this.rows.get(keyOf(bucket))
      if (held === undefined || total.upTo > held.upTo) this.rows.set(keyOf(bucket), total)
    }
    this.late.push(...late)
    this.dead.push(...dead)
  }
}

export class PlainOwner {
  readonly state: SourceState
  readonly store: PlainStore
  readonly #decoder = new Decoder(schemas, NAME_KEY)
  readonly #pending: Sealed[] = []

  constructor(state: SourceState, store = new PlainStore()) {
    this.state = state
    this.store = store
  }

  submit(input: Input): void {
    for (const effect of step(this.state, input)) this.#carryOut(effect)
  }

  read(records: readonly LogRecord[]): void {
    for (const lot of this.#decoder.decode(records)) this.submit({ kind: 'records', records: lot })
  }

  rebuild(records: readonly LogRecord[]): void {
    for (const lot of this.#decoder.decode(records)) this.submit({ kind: 'rebuild', records: lot })
  }

  /** Stores the `pick`-th of the tables in flight, or nothing if there is none. */
  storeOne(pick = 0): void {
    const [sealed] = this.#pending.splice(pick % Math.max(1, this.#pending.length), 1)
    if (sealed === undefined) return
    this.store.keep(sealed)
    this.submit({ kind: 'stored', seal: sealed.seal })
  }

  /** Seals and stores everything that was read. */
  finish(): void {
    this.submit({ kind: 'seal' })
    while (this.#pending.length > 0) this.storeOne()
  }

  #carryOut(effect: Effect): void {
    switch (effect.kind) {
      case 'store':
        this.#pending.push(effect.sealed)
        return
      case 'hydrate': {
        const totals = effect.buckets.map((bucket) => this.store.rows.get(keyOf(bucket)) ?? null)
        this.submit({ kind: 'hydrated', totals })
        return
      }
      case 'checkpoint':
        this.store.checkpoint = effect.checkpoint
        return
      case 'hint':
        this.store.hints.push(effect.block)
        return
    }
  }
}

function keyOf({ tenant, videoId, type, minute }: CountRow['bucket']): string {
  return JSON.stringify([tenant, videoId, type, minute])
}
