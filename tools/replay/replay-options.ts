// Parses the command line of npm run replay.
import { isOn, number, oneOf, parsed, text, wholeNumber } from '../../lib/flags.ts'
import { FlagsReader } from '../../lib/flags-reader.ts'
import { MINUTE_MS } from '../../model/bucket.ts'
import { type Columns, PRESETS, parseColumns } from './columns.ts'
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

const DEFAULT_URL = 'http://localhost:8080'

export const COMMAND = {
  usage: 'npm run replay -- FILE [flags]      FILE: CSV or NDJSON, also gzip or zstd',
  flags: {
    url: text('URL', `the server to send to (default ${DEFAULT_URL})`),
    'api-key': text('KEY', 'its key, if keys are on'),
    serve: isOn('start a server for this run instead, on a free port'),
    kill: wholeNumber('N', 'start one, kill -9 it N times during the run and restart it', 0, {
      least: 0,
      most: 1_000,
    }),
    'data-dir': text('DIR', 'the data of that server (default: a temporary directory)'),
    format: oneOf('FORMAT', 'csv or ndjson (default: by the name of the file)', null, ['csv', 'ndjson']),
    columns: text(
      'LIST',
      'videoId=…,time=…[,id=…][,type=…][,value=…][,viewerId=…][,channelId=…][,attributes=…]',
    ),
    preset: oneOf(
      'NAME',
      `known columns: ${Object.keys(PRESETS).join(', ')} (default: by the header)`,
      null,
      Object.keys(PRESETS),
    ),
    limit: wholeNumber('N', 'read the first N rows', Number.POSITIVE_INFINITY, { least: 1 }),
    prefix: parsed(
      'TEXT',
      'put before every id and video id, to send a file to one server again',
      '',
      prefixOf,
    ),
    rebase: isOn('map the times onto the minutes before the start'),
    'span-minutes': number('N', 'how many; the run must then end within 10 minutes less these', 5, {
      least: 0,
      most: 60,
    }),
    shuffle: wholeNumber('N', 'no event moves N places or more', 5_000, { least: 0, most: 1_000_000 }),
    duplicates: number('SHARE', 'send this share of the events twice', 0, { least: 0, most: 1 }),
    seed: wholeNumber('N', 'decides the order, the copies and the kills', 1, {
      least: 0,
      most: 2 ** 32 - 1,
    }),
    batch: wholeNumber('N', 'events per request', 500, { least: 1, most: 1_000 }),
    concurrency: wholeNumber('N', 'requests at once', 8, { least: 1, most: 256 }),
  },
  takesOperands: true,
} as const

/** Fails with a UsageFault that lists every fault. */
export function parseOptions(args: readonly string[]): Options {
  const read = new FlagsReader(COMMAND, args)
  const { values, operands, faults } = read
  const [file = ''] = operands
  const { kill: kills, preset, url, 'data-dir': dataDir } = values
  read.refuseIf(operands.length !== 1, `name one file, not ${operands.length}`)
  read.refuseIf(file === STANDARD_INPUT, 'a replay reads its file more than once: it takes no standard input')
  const own = values.serve || kills > 0
  read.refuseIf(own && url !== null, '--url does not go with --serve and --kill')
  read.refuseIf(!own && dataDir !== null, '--data-dir goes only with --serve or --kill')
  read.refuseIf(read.isGiven('preset') && values.columns !== null, '--columns does not go with --preset')
  const columns = parseColumns(values.columns, faults)
  read.refuseIf(columns.tenant !== undefined, '--columns: the tenant comes from the API key')
  read.check()
  const { rebase, duplicates, shuffle, limit, batch, concurrency, seed, prefix } = values
  return {
    ...{ file, kills, dataDir, rebase, duplicates, shuffle, limit, batch, concurrency, seed, prefix },
    ...{ columns, preset },
    url: own ? null : (url ?? DEFAULT_URL),
    apiKey: values['api-key'],
    spanMs: values['span-minutes'] * MINUTE_MS,
    format: values.format ?? (/\.(ndjson|jsonl)(\.gz)?$/.test(file) ? 'ndjson' : 'csv'),
  }
}

function prefixOf(given: string): string {
  if (!/^[A-Za-z0-9._:-]{0,32}$/.test(given)) throw new Error('must be at most 32 of A–Z a–z 0–9 . _ : -')
  return given
}
