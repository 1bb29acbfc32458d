// What the thread that takes requests and one that packs their bodies say to each other.
import { ProblemError, type ProblemOptions } from '../../../lib/http/problem.ts'
import type { Layout } from '../../../model/layout.ts'
import type { Lane } from '../../../stores/log/log.ts'
import type { PlacedRecord } from '../gather.ts'
import type { Named, Packed, PackOrder } from './pack-body.ts'

export type ToThread =
  | {
      readonly id: number
      readonly body: Uint8Array<ArrayBuffer>
      readonly order: Omit<PackOrder, 'layouts'>
      /** From now on; null: as before. */
      readonly layouts: readonly Layout[] | null
      readonly asks: boolean
    }
  /** The answer to what it asks; null: the body is refused. */
  | { readonly id: number; readonly refused: readonly number[] | null }

export type FromThread =
  | 'ready'
  | { readonly id: number; readonly packed: SentPacked }
  | { readonly id: number; readonly items: number; readonly named: readonly Named[] }
  | { readonly id: number; readonly problem: ProblemOptions }
  | { readonly id: number; readonly error: unknown }

/** All records in one buffer, which is transferred between threads without being copied. */
type SentPacked = Omit<Packed, 'records'> & {
  /** Each record's place, and its end in `bytes`; it begins where the previous one ends. */
  readonly places: readonly (readonly [Lane, number, number])[]
  readonly bytes: Uint8Array<ArrayBuffer>
}

export function sentPacked({ records, ...told }: Packed): SentPacked {
  const bytes = new Uint8Array(records.reduce((sum, { record }) => sum + record.length, 0))
  let end = 0
  const places = records.map(({ lane, partition, record }) => {
    bytes.set(record, end)
    end += record.length
    return [lane, partition, end] as const
  })
  return { ...told, places, bytes }
}

export function receivedPacked({ places, bytes, ...told }: SentPacked): Packed {
  let start = 0
  const records = places.map(([lane, partition, end]): PlacedRecord => {
    const record = bytes.subarray(start, end)
    start = end
    return { lane, partition, record }
  })
  return { ...told, records }
}

/** Errors lose their class between threads. */
export function sentFailure(id: number, error: unknown): FromThread {
  if (!(error instanceof ProblemError)) return { id, error }
  const { type, detail, headers } = error
  return { id, problem: { type, detail, headers } }
}
