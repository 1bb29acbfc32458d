// Parses the command line; reports all faults together.
import { parseArgs } from 'node:util'
import { type Columns, PRESETS, parseColumns } from './columns.ts'
import { ReplayFault } from './fault.ts'
import { STANDARD_INPUT } from './open-bytes.ts'

export type Options = {
  readonly file: string
  /** The server; null: the tool starts its own. */
  readonly url: string | null
  readonly apiKey: string | null
  readonly kills: number
  /** The data directory of the tool's own server; null: a temporary one. */
  readonly dataDir: string | null
  readonly rebase: boolean
  readonly spanMs: number
  readonly duplicates: number
  readonly shuffle: number
  readonly limit: number
  readonly batch: number
  readonly concurrency: number
  readonly seed: number
  readonly format: 'csv' | 'ndjson'
  readonly columns: Columns
  readonly preset: string | null
  readonly prefix: string
}

export const USAGE = `npm run replay -- FILE [flags]      FILE: CSV or NDJSON, also gzip or zstd

  --url URL            the server to send to (default http://localhost:8080)
  --api-key KEY        its key, if keys are on
  --serve              start a server for this run instead, on a free port
  --kill N             start one, kill -9 it N times during the run and restart it
  --data-dir DIR       the data of that server (default: a temporary directory)

  --format FORMAT      csv or ndjson (default: by the name of the file)
  --columns LIST       videoId=…,time=…[,id=…][,type=…][,value=…][,viewerId=…][,channelId=…][,attributes=…]
  --preset NAME        known columns: ${Object.keys(PRESETS).join(', ')} (default: by the header)
  --limit N            read the first N rows
  --prefix TEXT        put before every id and video id, to send a file to one server again

  --rebase             map the times onto the minutes before the start
  --span-minutes N     how many (default 5); the run must then end within 10 minutes less these
  --shuffle N          no event moves N places or more (default 5000)
  --duplicates SHARE   send this share of the events twice (default 0)
  --seed N             decides the order, the copies and the kills (default 1)
  --batch N            events per request, at most 1000 (default 500)
  --concurrency N      requests at once (default 8)`

const FLAGS = {
  url: { type: 'string' },
  'api-key': { type: 'string' },
  serve: { type: 'boolean' },
  kill: { type: 'string' },
  'data-dir': { type: 'string' },
  format: { type: 'string' },
  columns: { type: 'string' },
  preset: { type: 'string' },
  limit: { type: 'string' },
  prefix: { type: 'string' },
  rebase: { type: 'boolean' },
  'span-minutes': { type: 'string' },
  shuffle: { type: 'string' },
  duplicates: { type: 'string' },
  seed: { type: 'string' },
  batch: { type: 'string' },
  concurrency: { type: 'string' },
} as const

type Flag = keyof typeof FLAGS

const SHUFFLE_MAX = 1_000_000
const CONCURRENCY_MAX = 256
const KILLS_MAX = 1_000
const DEFAULT_URL = 'http://localhost:8080'

/** Fails with a ReplayFault that lists every fault. */
export function parseOptions(args: readonly string[]): Options {
  const faults: string[] = []
  const flags = readFlags(args, faults)
  const file = flags.positionals[0]
  if (flags.positionals.length !== 1) faults.push(`name one file, not ${flags.positionals.length}`)
  if (file === STANDARD_INPUT)
    faults.push('a replay reads its file more than once: it takes no standard input')

  const text = (flag: Flag) => flags.values.get(flag) ?? null
  const number = (flag: Flag, fallback: number, min: number, max: number, whole = true): number => {
    const value = Number(text(flag) ?? fallback)
    if (value >= min && value <= max && (!whole || Number.isInteger(value))) return value
    faults.push(`--${flag} must be ${whole ? 'a whole number' : 'a number'} from ${min} to ${max}`)
    return fallback
  }
  const oneOf = (flag: Flag, allowed: readonly string[]): string | null => {
    const value = text(flag)
    if (value === null || allowed.includes(value)) return value
    faults.push(`--${flag} must be one of ${allowed.join(', ')}`)
    return null
  }

  const kills = number('kill', 0, 0, KILLS_MAX)
  const own = flags.on.has('serve') || kills > 0
  if (own && text('url') !== null) faults.push('--url does not go with --serve and --kill')
  if (!own && text('data-dir') !== null) faults.push('--data-dir goes only with --serve or --kill')
  if (!/^[A-Za-z0-9._:-]{0,32}$/.test(text('prefix') ?? '')) {
    faults.push('--prefix must be at most 32 of A–Z a–z 0–9 . _ : -')
  }
  const format =
    oneOf('format', ['csv', 'ndjson']) ?? (/\.(ndjson|jsonl)(\.gz)?$/.test(file ?? '') ? 'ndjson' : 'csv')
  const preset = oneOf('preset', Object.keys(PRESETS))
  if (preset !== null && text('columns') !== null) faults.push('--columns does not go with --preset')

  const columns = parseColumns(text('columns'), faults)
  if (columns.tenant !== undefined) faults.push('--columns: the tenant comes from the API key')

  const options: Options = {
    file: file ?? '',
    url: own ? null : (text('url') ?? DEFAULT_URL),
    apiKey: text('api-key'),
    kills,
    dataDir: text('data-dir'),
    rebase: flags.on.has('rebase'),
    spanMs: number('span-minutes', 5, 0, 60, false) * 60_000,
    duplicates: number('duplicates', 0, 0, 1, false),
    shuffle: number('shuffle', 5_000, 0, SHUFFLE_MAX),
    limit: text('limit') === null ? Number.POSITIVE_INFINITY : number('limit', 1, 1, Number.MAX_SAFE_INTEGER),
    batch: number('batch', 500, 1, 1_000),
    concurrency: number('concurrency', 8, 1, CONCURRENCY_MAX),
    seed: number('seed', 1, 0, 2 ** 32 - 1),
    format: format as Options['format'],
    columns,
    preset,
    prefix: text('prefix') ?? '',
  }
  if (faults.length > 0) throw new ReplayFault(faults.join('\n'))
  return options
}

function readFlags(args: readonly string[], faults: string[]) {
  const { tokens, positionals } = parseArgs({
    args: [...args],
    options: FLAGS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const values = new Map<Flag, string>()
  const on = new Set<Flag>()
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const name = token.name as Flag
    const flag = Object.hasOwn(FLAGS, name) ? FLAGS[name] : null
    if (flag === null) faults.push(`there is no flag ${token.rawName}`)
    else if (flag.type === 'boolean' && token.value !== undefined) faults.push(`--${name} takes no value`)
    else if (flag.type === 'boolean') on.add(name)
    else if (token.value === undefined) faults.push(`--${name} needs a value`)
    else values.set(name, token.value)
  }
  return { values, on, positionals }
}
