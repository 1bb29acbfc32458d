// The core of processing of a checkout: of this one, or of another that it is compared with.
import type { DecodedRecord } from '../services/processing/core/decode-record.ts'
import type { LogRecord } from '../stores/log/log.ts'
import type { CoreCounts as OurCounts } from './core-counts.ts'
import { NAME_KEY } from './workload.ts'

export type Core = {
  readonly Decoder: typeof import('../services/processing/core/decode-record.ts').Decoder
  readonly CoreCounts: typeof OurCounts
  readonly loadSchemas: typeof import('../schemas/schema-set.ts').loadSchemas
}

export type Counted = OurCounts

const PATHS = [
  'services/processing/core/decode-record.ts',
  'benchmarks/core-counts.ts',
  'schemas/schema-set.ts',
]

export async function coreOf(root: URL): Promise<Core> {
  return Object.assign({}, ...(await Promise.all(PATHS.map((path) => import(new URL(path, root).href)))))
}

/** From the bytes of the log to totals. */
export function countRecords(
  { Decoder, CoreCounts, loadSchemas }: Core,
  records: readonly LogRecord[],
  recordsPerSeal: number,
  checked: boolean,
): Counted {
  const decoder = new Decoder(loadSchemas(), NAME_KEY)
  const counts = new CoreCounts({ keepRows: checked })
  for (let from = 0; from < records.length; from += recordsPerSeal) {
    for (const lot of decoder.decode(records.slice(from, from + recordsPerSeal))) counts.count(lot)
    counts.seal()
  }
  return counts
}

/** Each record decoded by itself, because a decoder uses its columns again. */
export function decodeAll({ Decoder, loadSchemas }: Core, records: readonly LogRecord[]): DecodedRecord[] {
  const schemas = loadSchemas()
  return records.map((record) => {
    const [[decoded] = []] = new Decoder(schemas, NAME_KEY).decode([record])
    return decoded!
  })
}

/** From decoded records to totals. */
export function countDecoded(
  { CoreCounts }: Core,
  records: readonly DecodedRecord[],
  { recordsPerStep, recordsPerSeal }: { readonly recordsPerStep: number; readonly recordsPerSeal: number },
  checked: boolean,
): Counted {
  const counts = new CoreCounts({ keepRows: checked })
  for (let from = 0; from < records.length; from += recordsPerStep) {
    counts.count(records.slice(from, from + recordsPerStep))
    if ((from + recordsPerStep) % recordsPerSeal === 0) counts.seal()
  }
  counts.seal()
  return counts
}
