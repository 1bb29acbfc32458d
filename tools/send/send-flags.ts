// The flags of npm run send, and its help.
import { text, url } from '../../lib/flags.ts'
import { FlagsReader } from '../../lib/flags-reader.ts'
import type { Columns } from '../replay/columns.ts'
import { parseColumns, ROLES } from '../replay/columns.ts'

export const COMMAND = {
  usage: `npm run send -- FILE [flags]
                                 FILE: NDJSON or CSV with a header, also gzip or zstd; - is standard input

  Sends the events of a file to the server, as a program would that has the SDK: what is refused is told with its
  line. For years of old events use npm run import: the server takes those of the last days alone.`,
  flags: {
    url: url('the server', 'http://localhost:8080'),
    key: text('KEY', 'an API key, if keys are on (default: the variable API_KEY)'),
    columns: text(
      'LIST',
      `which column holds which field: videoId=…,time=… of ${ROLES.join(', ')} ` +
        '(default: columns of these names, and those of an export)',
    ),
  },
  takesOperands: true,
  notes: `A row without an id gets one from its line and content, so that a file that is sent again counts once, if its
rows have times; without a time an event is of now. NDJSON without --columns holds events in the form of POST
/v1/events. A row with a source (of a CloudEvent) or a tenant (here that of the key) is refused: import such files.

Exit code 0 if every row was taken, 1 if some were refused, 2 if sending failed: then send the file again.`,
}

export type SendOptions = {
  readonly file: string
  readonly url: string
  readonly key: string | null
  readonly columns: Columns
}

/** Throws a UsageFault that names every fault. */
export function parseOptions(args: readonly string[], keyDefault: string | undefined): SendOptions {
  const read = new FlagsReader(COMMAND, args)
  const { url: server, key, columns } = read.values
  const [file, ...more] = read.operands
  if (file === undefined) read.faults.push('name a file, or - for standard input')
  read.faults.push(...more.map((other) => `${other} is one file too many: send one at a time`))
  const chosen = parseColumns(columns, read.faults)
  read.check()
  return { file: file!, url: server, key: key ?? keyDefault ?? null, columns: chosen }
}
