// Parses the command line; reports all faults together.
import { parseArgs } from 'node:util'
import { ExportFault } from './fault.ts'

const FORMATS = ['parquet', 'csv', 'ndjson'] as const
const RESOLUTIONS = ['hour', 'day', 'minute'] as const

export type Options = {
  readonly what: 'raw' | 'counts'
  readonly from: string
  readonly to: string
  readonly format: (typeof FORMATS)[number]
  /** For CSV only. */
  readonly formulaGuard: boolean
  readonly bom: boolean
  /** For counts only. */
  readonly resolution: (typeof RESOLUTIONS)[number]
  readonly out: string
  readonly url: string
  readonly key: string | null
}

export const USAGE = `npm run export -- --from TIME --to TIME --out FILE [flags]

  Exports counts or raw events of a range into a file. Times are RFC 3339, or epoch milliseconds; the range is
  half-open, and widened to whole periods.

  --counts             counts by period (default)
  --raw                the events themselves, as far back as they are kept: each once, as it counts. Importing such
                       a file, in any format, gives the same counts
  --resolution PERIOD  for counts: ${RESOLUTIONS.join(', ')} (default hour)
  --format FORMAT      ${FORMATS.join(', ')} (default: by the name of the file); ndjson only with --raw
  --no-formula-guard   unchanged CSV. Without this flag, text that a spreadsheet would run as a formula gets an
                       apostrophe before it; a raw export names these cells in the column formula_guarded, and an
                       import removes the apostrophes again. Numbers stay unchanged.
  --bom                CSV with a byte order mark, which some spreadsheets need to recognise UTF-8
  --url URL            the server (default http://localhost:8080)
  --key KEY            an admin key, if keys are on (default: the variable ADMIN_KEY)`

const FLAGS = {
  from: { type: 'string' },
  to: { type: 'string' },
  out: { type: 'string' },
  raw: { type: 'boolean', default: false },
  counts: { type: 'boolean', default: false },
  resolution: { type: 'string' },
  format: { type: 'string' },
  'no-formula-guard': { type: 'boolean', default: false },
  bom: { type: 'boolean', default: false },
  url: { type: 'string', default: 'http://localhost:8080' },
  key: { type: 'string' },
} as const

/** Fails with an ExportFault that lists every fault. */
export function parseOptions(args: readonly string[], adminKey: string | undefined): Options {
  const values = parsed(args)
  const { from = '', to = '', out = '' } = values
  const format = FORMATS.find((known) => known === (values.format ?? formatNamed(out)))
  const resolution = RESOLUTIONS.find((known) => known === (values.resolution ?? 'hour'))
  const faults = [
    ...(['from', 'to', 'out'] as const).filter((name) => !values[name]).map((name) => `--${name} is needed`),
    ...(values.raw && values.counts ? ['--raw does not go with --counts'] : []),
    ...(values.raw && values.resolution !== undefined ? ['--resolution does not go with --raw'] : []),
    ...(resolution === undefined ? [`--resolution must be one of ${RESOLUTIONS.join(', ')}`] : []),
    ...(format === undefined ? [`--format must be one of ${FORMATS.join(', ')}`] : []),
    ...(format === 'ndjson' && !values.raw ? ['ndjson goes only with --raw'] : []),
    ...(['bom', 'no-formula-guard'] as const)
      .filter((name) => values[name] && format !== 'csv')
      .map((name) => `--${name} goes only with CSV`),
    ...(/^https?:$/.test(URL.parse(values.url)?.protocol ?? '')
      ? []
      : ['--url must be an http or https URL']),
  ]
  if (faults.length > 0) throw new ExportFault(faults.join('\n'))
  return {
    ...{ from, to, out, format: format!, resolution: resolution! },
    ...{ formulaGuard: !values['no-formula-guard'], bom: values.bom },
    what: values.raw ? 'raw' : 'counts',
    url: values.url.replace(/\/+$/, ''),
    key: values.key ?? adminKey ?? null,
  }
}

/** JSON Lines is another name for NDJSON. */
function formatNamed(file: string): string | undefined {
  const extension = /\.([a-z]+)$/i.exec(file)?.[1]?.toLowerCase()
  return extension === 'jsonl' ? 'ndjson' : extension
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS }).values
  } catch (error) {
    throw new ExportFault((error as Error).message)
  }
}
