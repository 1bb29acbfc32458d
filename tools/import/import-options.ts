// Parses the command line; reports all faults together.
import { parseArgs } from 'node:util'
import { parseQueryTime, TIME_RULE } from '../../lib/http/query-time.ts'
import { instantText } from '../../lib/time-text.ts'
import { MINUTE_MS } from '../../model/bucket.ts'
import { TENANT_RULE } from '../../model/names.ts'
import { tenantName } from '../../services/reconciler/admin-parameters.ts'
import { type Columns, PRESETS, parseColumns } from '../replay/columns.ts'
import { encodingOf } from '../replay/decode-text.ts'
import { STANDARD_INPUT } from '../replay/open-bytes.ts'
import { ImportFault } from './fault.ts'
import { TIME_UNITS, type TimeUnit } from './time-unit.ts'
import { FROM_DEFAULT } from './usage.ts'

const FORMATS = ['ndjson', 'csv', 'parquet'] as const
export type Format = (typeof FORMATS)[number]

/** How a file is read. */
export type Reading = {
  /** Null: detected from the file's content. */
  readonly format: Format | null
  /** Null: UTF-8, or the encoding of a byte order mark. */
  readonly encoding: string | null
  readonly columns: Columns
  readonly preset: string | null
  /** Null: the tenant in the file, else the default tenant. */
  readonly tenant: string | null
  /** Null: guessed from the magnitude. */
  readonly timeUnit: TimeUnit | null
  /** Times in [fromMs, toMs) are accepted. */
  readonly fromMs: number
  readonly toMs: number
}

export type Options = Reading & {
  readonly files: readonly string[]
  readonly url: string
  readonly key: string | null
  /** Rows without ids are different rows if their sets differ. */
  readonly set: string
  /** The files are parts of one. */
  readonly parts: boolean
  readonly wait: boolean
}

/** How far ahead of the clock a time may be. */
const AHEAD_MS = MINUTE_MS
const SET_CHARS_MAX = 64

/** Fails with an ImportFault that lists every fault. */
export function parseOptions(
  args: readonly string[],
  adminKey: string | undefined,
  nowMs: number = Date.now(),
): Options {
  const { values, positionals } = parsed(args)
  const faults: string[] = []
  const oneOf = <T extends string>(
    flag: string,
    given: string | undefined,
    known: readonly T[],
  ): T | null => {
    const found = known.find((one) => one === given) ?? null
    if (given !== undefined && found === null) faults.push(`--${flag} must be one of ${known.join(', ')}`)
    return found
  }
  const time = (flag: 'from' | 'to', fallback: number): number => {
    const timeMs = values[flag] === undefined ? fallback : parseQueryTime(values[flag])
    if (timeMs === null) faults.push(`--${flag} must be ${TIME_RULE}`)
    return timeMs ?? fallback
  }
  const encoding = values.encoding === undefined ? null : encodingOf(values.encoding)
  const timeUnit = oneOf('time-unit', values['time-unit'], ['auto', ...TIME_UNITS])
  const tenant = values.tenant === undefined ? null : tenantName(values.tenant)
  const options: Options = {
    files: positionals,
    url: values.url.replace(/\/+$/, ''),
    key: values.key ?? adminKey ?? null,
    tenant,
    format: oneOf('format', values.format, FORMATS),
    encoding,
    columns: parseColumns(values.columns ?? null, faults),
    preset: oneOf('preset', values.preset, Object.keys(PRESETS)),
    timeUnit: timeUnit === 'auto' ? null : timeUnit,
    fromMs: time('from', Date.parse(FROM_DEFAULT)),
    toMs: time('to', nowMs + AHEAD_MS),
    set: values.set,
    parts: values.parts,
    wait: !values['no-wait'],
  }
  if (positionals.length === 0) faults.push('name a file')
  if (positionals.filter((file) => file === STANDARD_INPUT).length > 1)
    faults.push('standard input (-) can be read once')
  if (!URL.canParse(values.url)) faults.push('--url must be a URL')
  if (values.encoding !== undefined && encoding === null)
    faults.push('--encoding must be one of the WHATWG Encoding Standard: utf-8, windows-1252, utf-16le, …')
  if (values.tenant !== undefined && tenant === null) faults.push(`--tenant must be ${TENANT_RULE}`)
  if (values.preset !== undefined && values.columns !== undefined)
    faults.push('--columns does not go with --preset')
  if (values.set.length > SET_CHARS_MAX) faults.push(`--set must have at most ${SET_CHARS_MAX} characters`)
  if (options.fromMs >= options.toMs)
    faults.push(`--from must be before --to, which is ${instantText(options.toMs)}`)
  if (faults.length > 0) throw new ImportFault(faults.join('\n'))
  return options
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
  tenant: { type: 'string' },
  format: { type: 'string' },
  encoding: { type: 'string' },
  columns: { type: 'string' },
  preset: { type: 'string' },
  'time-unit': { type: 'string' },
  from: { type: 'string' },
  to: { type: 'string' },
  set: { type: 'string', default: '' },
  parts: { type: 'boolean', default: false },
  'no-wait': { type: 'boolean', default: false },
} as const
