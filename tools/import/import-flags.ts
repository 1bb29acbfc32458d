// The flags of npm run import, and what its help says.
import { isOn, oneOf, parsed, text, url } from '../../lib/flags.ts'
import { parseQueryTime, TIME_RULE } from '../../lib/http/query-time.ts'
import { TENANT_RULE } from '../../model/names.ts'
import { tenantName } from '../../services/reconciler/admin-parameters.ts'
import { PRESETS, ROLES } from '../replay/columns.ts'
import { encodingOf } from '../replay/decode-text.ts'
import { TIME_UNITS } from './time-unit.ts'

export const FORMATS = ['ndjson', 'csv', 'parquet'] as const
const FROM_DEFAULT = '2005-01-01T00:00:00Z'
const SET_CHARS_MAX = 64

export const COMMAND = {
  usage: `npm run import -- FILE… [flags]
                                 FILE: NDJSON, CSV or Parquet, also gzip or zstd; - is standard input

  Years of events into a running Tally: into the archive, and by the next recount into the counts. An import that was
  broken off goes on where it stood; a file that was imported before changes nothing. All files are read and checked
  before anything is sent; until then what was read is kept, compressed, in TMPDIR.`,
  flags: {
    url: url('the server', 'http://localhost:8080'),
    key: text('KEY', 'an admin key, where keys are on (default: the variable ADMIN_KEY)'),
    tenant: parsed(
      'NAME',
      'whose events these are (default: as the column tenant says, else the default tenant)',
      null,
      (given) => tenantName(given) ?? broken(TENANT_RULE),
    ),
    'no-wait': isOn('do not wait until the events are counted'),
    format: oneOf(
      'FORMAT',
      `${FORMATS.join(', ')} (default: by the content of the file, never by its name)`,
      null,
      FORMATS,
    ),
    encoding: parsed(
      'NAME',
      'windows-1252, utf-16le, shift_jis, … (default: UTF-8, or as a byte order mark says). Bytes that are not of ' +
        'the encoding are refused, with their line and column.',
      null,
      (given) =>
        encodingOf(given) ?? broken('one of the WHATWG Encoding Standard: utf-8, windows-1252, utf-16le, …'),
    ),
    columns: text(
      'LIST',
      `which column is what: videoId=…,time=… of ${ROLES.join(', ')} ` +
        '(default: columns of these names, and those of an export)',
    ),
    preset: oneOf(
      'NAME',
      `known columns: ${Object.keys(PRESETS).join(', ')} (default: by the header)`,
      null,
      Object.keys(PRESETS),
    ),
    'time-unit': oneOf(
      'UNIT',
      'of times that are numbers: s, ms, us, ns or auto. auto goes by their size and says what it found; a file that ' +
        'mixes units is refused.',
      'auto',
      ['auto', ...TIME_UNITS] as const,
    ),
    from: parsed(
      'TIME',
      `earlier times are refused (default ${FROM_DEFAULT})`,
      Date.parse(FROM_DEFAULT),
      timeOf,
    ),
    to: parsed('TIME', 'times from here on are refused (default: a minute from now)', null, timeOf),
    parts: isOn(
      'the files of this command are parts of one: equal rows of different parts count each. Parts that are ' +
        'imported by different commands cannot know of each other.',
    ),
    set: parsed(
      'NAME',
      'rows of different sets are different rows, even if they are equal: for files of different origins, such as ' +
        'the logs of two servers',
      '',
      (given) => (given.length <= SET_CHARS_MAX ? given : broken(`at most ${SET_CHARS_MAX} characters`)),
    ),
  },
  takesOperands: true,
  notes: `Rows without an id are named by their content, and by which of the equal rows of their file they are. So
each row counts once if the file has grown, or was mended, sorted, split or compressed anew, also beside what was
imported of it before.
A row that says something else is another row. Equal rows of one file count each. Equal rows of different files count
once, because nothing tells a copy from another event; the command says so. Where that is wrong, use --parts or --set.

NDJSON without --columns holds events as POST /v1/events takes them; they may lack the id and name a tenant.`,
}

function timeOf(given: string): number {
  return parseQueryTime(given) ?? broken(TIME_RULE)
}

function broken(rule: string): never {
  throw new Error(`must be ${rule}`)
}
