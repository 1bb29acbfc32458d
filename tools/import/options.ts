// The command line: read once, all faults told together.
import { parseArgs } from 'node:util'
import { type Columns, PRESETS, parseColumns, ROLES } from '../replay/columns.ts'
import { ImportFault } from './fault.ts'

const FORMATS = ['ndjson', 'csv', 'parquet'] as const
export type Format = (typeof FORMATS)[number]

export type Options = {
  readonly files: readonly string[]
  readonly url: string
  readonly key: string | null
  readonly tenant: string
  /** Null: by the name of each file. */
  readonly format: Format | null
  readonly columns: Columns
  readonly preset: string | null
  readonly wait: boolean
}

export const USAGE = `npm run import -- FILE… [flags]      FILE: NDJSON or CSV, also .gz, or Parquet

  Years of events into a running Tally: into the archive, and by the next recount into the counts. An import that was
  broken off goes on where it stood; a file that was imported before changes nothing.

  --url URL        the server (default http://localhost:8080)
  --key KEY        an admin key, where keys are on (default: the variable ADMIN_KEY)
  --tenant NAME    whose events these are (default: the default tenant's)
  --format FORMAT  ${FORMATS.join(', ')} (default: by the name of the file)
  --columns LIST   which column is what: videoId=…,time=… of ${ROLES.join(', ')} (default: columns of these names)
  --preset NAME    known columns: ${Object.keys(PRESETS).join(', ')} (default: by the header)
  --no-wait        do not wait until the events are counted

  NDJSON without --columns holds events as POST /v1/events takes them. Rows without an id are named by their line.`

/** Fails with an ImportFault that lists every fault. */
export function parseOptions(args: readonly string[], adminKey: string | undefined): Options {
  const { values, positionals } = parsed(args)
  const faults: string[] = []
  const columns = parseColumns(values.columns ?? null, faults)
  const format = FORMATS.find((known) => known === values.format) ?? null
  if (positionals.length === 0) faults.push('name a file')
  if (!URL.canParse(values.url)) faults.push('--url must be a URL')
  if (values.format !== undefined && format === null)
    faults.push(`--format must be one of ${FORMATS.join(', ')}`)
  if (values.preset !== undefined && !Object.hasOwn(PRESETS, values.preset))
    faults.push(`--preset must be one of ${Object.keys(PRESETS).join(', ')}`)
  if (values.preset !== undefined && values.columns !== undefined)
    faults.push('--columns does not go with --preset')
  if (faults.length > 0) throw new ImportFault(faults.join('\n'))
  return {
    files: positionals,
    url: values.url.replace(/\/+$/, ''),
    key: values.key ?? adminKey ?? null,
    tenant: values.tenant,
    format,
    columns,
    preset: values.preset ?? null,
    wait: !values['no-wait'],
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, allowPositionals: true })
  } catch (error) {
    throw new ImportFault((error as Error).message)
  }
}

const FLAGS = {
  url: { type: 'string', default: 'http://localhost:8080' },
  key: { type: 'string' },
  tenant: { type: 'string', default: '' },
  format: { type: 'string' },
  columns: { type: 'string' },
  preset: { type: 'string' },
  'no-wait': { type: 'boolean', default: false },
} as const
