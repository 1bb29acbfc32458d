// Parses the command line of npm run import.
import { FlagsReader } from '../../lib/flags-reader.ts'
import { instantText } from '../../lib/time-text.ts'
import { MINUTE_MS } from '../../model/bucket.ts'
import { type Columns, parseColumns } from '../replay/columns.ts'
import { STANDARD_INPUT } from '../replay/open-bytes.ts'
import { COMMAND, type FORMATS } from './import-flags.ts'
import type { TimeUnit } from './time-unit.ts'

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

/** Fails with a UsageFault that lists every fault. */
export function parseOptions(
  args: readonly string[],
  adminKey: string | undefined,
  nowMs: number = Date.now(),
): Options {
  const read = new FlagsReader(COMMAND, args)
  const { values, operands: files, faults } = read
  const { url, tenant, format, encoding, preset, set, parts, from: fromMs } = values
  const toMs = values.to ?? nowMs + AHEAD_MS
  read.refuseIf(files.length === 0, 'name a file')
  read.refuseIf(
    files.filter((file) => file === STANDARD_INPUT).length > 1,
    'standard input (-) can be read once',
  )
  read.refuseIf(read.isGiven('preset') && values.columns !== null, '--columns does not go with --preset')
  const columns = parseColumns(values.columns, faults)
  read.refuseIf(fromMs >= toMs, `--from must be before --to, which is ${instantText(toMs)}`)
  read.check()
  return {
    ...{ files, url, tenant, format, encoding, columns, preset, fromMs, toMs, set, parts },
    key: values.key ?? adminKey ?? null,
    timeUnit: values['time-unit'] === 'auto' ? null : values['time-unit'],
    wait: !values['no-wait'],
  }
}
