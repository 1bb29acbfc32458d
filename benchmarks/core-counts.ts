// The core as the driver runs it, without a store: every seal is stored at once. Collects what was sealed.

import type { DecodedRecord } from '../services/processing/core/decode-record.ts'
import type { Input } from '../services/processing/core/protocol.ts'
import { type CoreSettings, newState, type SourceState } from '../services/processing/core/source-state.ts'
import { step } from '../services/processing/core/step.ts'
import type { CountRow } from '../stores/counts/counts.ts'
import { bucketName, NAME_KEY, type Truth } from './workload.ts'

/** The bounds of the standalone process. */
const SETTINGS: CoreSettings = {
  horizonMs: 600_000,
  aheadMs: 120_000,
  flushRowsMax: 20_000,
  writersMax: 2,
  queueRowsMax: 100_000,
  totalsRowsMax: 500_000,
  hints: false,
}

export class CoreCounts {
  readonly state: SourceState = newState(SETTINGS, NAME_KEY.id)
  readonly #keepRows: boolean
  #sealed: (readonly CountRow[])[] = []

  /** `answer` is complete only if rows are kept. */
  constructor(options: { readonly keepRows: boolean }) {
    this.#keepRows = options.keepRows
  }

  count(records: readonly DecodedRecord[]): void {
    this.#submit({ kind: 'records', records })
  }

  seal(): void {
    this.#submit({ kind: 'seal' })
  }

  answer(): Truth {
    const buckets = new Map<string, { count: number; sum: number }>()
    for (const rows of this.#sealed) {
      for (const { bucket, total } of rows) {
        const { count, sum } = total
        buckets.set(bucketName(bucket.videoId, bucket.type, bucket.minute), { count, sum: Number(sum) })
      }
    }
    return { buckets, duplicates: this.state.ledger.duplicate }
  }

  #submit(input: Input): void {
    for (const effect of step(this.state, input)) {
      if (effect.kind !== 'store') continue
      if (this.#keepRows) this.#sealed.push(effect.sealed.rows)
      this.#submit({ kind: 'stored', seal: effect.sealed.seal })
    }
  }
}
