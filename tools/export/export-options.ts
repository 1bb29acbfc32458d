// Parses the command line of npm run export.
import { isOn, oneOf, text, url } from '../../lib/flags.ts'
import { FlagsReader } from '../../lib/flags-reader.ts'

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

export const COMMAND = {
  usage: `npm run export -- --from TIME --to TIME --out FILE [flags]

  Exports counts or raw events of a range into a file. Times are RFC 3339, or epoch milliseconds; the range is
  half-open, and widened to whole periods.`,
  flags: {
    from: text('TIME', 'where the range begins', ''),
    to: text('TIME', 'where it ends', ''),
    out: text('FILE', 'the file', ''),
    counts: isOn('counts by period (default)'),
    raw: isOn(
      'the events themselves, as far back as they are kept: each once, as it counts. Importing such a file, in ' +
        'any format, gives the same counts',
    ),
    resolution: oneOf('PERIOD', `for counts: ${RESOLUTIONS.join(', ')} (default hour)`, null, RESOLUTIONS),
    format: oneOf(
      'FORMAT',
      `${FORMATS.join(', ')} (default: by the name of the file); ndjson only with --raw`,
      null,
      FORMATS,
    ),
    'no-formula-guard': isOn(
      'unchanged CSV. Without this flag, text that a spreadsheet would run as a formula gets an apostrophe before ' +
        'it; a raw export names these cells in the column formula_guarded, and an import removes the ' +
        'apostrophes again. Numbers stay unchanged.',
    ),
    bom: isOn('CSV with a byte order mark, which some spreadsheets need to recognise UTF-8'),
    url: url('the server', 'http://localhost:8080'),
    key: text('KEY', 'an admin key, if keys are on (default: the variable ADMIN_KEY)'),
  },
}

/** Fails with a UsageFault that lists every fault. */
export function parseOptions(args: readonly string[], adminKey: string | undefined): Options {
  const read = new FlagsReader(COMMAND, args)
  const { from, to, out, raw, counts, bom, url, key, ...values } = read.values
  const format = values.format ?? formatNamed(out)
  for (const name of ['from', 'to', 'out'] as const) {
    read.refuseIf(read.values[name] === '', `--${name} is needed`)
  }
  read.refuseIf(raw && counts, '--raw does not go with --counts')
  read.refuseIf(raw && read.isGiven('resolution'), '--resolution does not go with --raw')
  read.refuseIf(
    format === undefined && !read.isGiven('format'),
    `--format must be one of ${FORMATS.join(', ')}`,
  )
  read.refuseIf(format === 'ndjson' && !raw, 'ndjson goes only with --raw')
  for (const name of ['bom', 'no-formula-guard'] as const) {
    read.refuseIf(read.isGiven(name) && format !== 'csv', `--${name} goes only with CSV`)
  }
  read.check()
  return {
    ...{ from, to, out, format: format!, bom, url },
    resolution: values.resolution ?? 'hour',
    formulaGuard: !values['no-formula-guard'],
    what: raw ? 'raw' : 'counts',
    key: key ?? adminKey ?? null,
  }
}

/** JSON Lines is another name for NDJSON. */
function formatNamed(file: string): Options['format'] | undefined {
  const extension = /\.([a-z]+)$/i.exec(file)?.[1]?.toLowerCase()
  return FORMATS.find((known) => known === (extension === 'jsonl' ? 'ndjson' : extension))
}
