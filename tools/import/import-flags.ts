// The flags of npm run import, and its help.
import { isOn, oneOf, parsed, text, url } from '../../lib/flags.ts'
import { parseQueryTime, TIME_RULE } from '../../lib/http/query-time.ts'
import { TENANT_RULE } from '../../model/names.ts'
import { tenantName } from '../../services/reconciler/operators/admin-parameters.ts'
import { PRESETS, ROLES } from '../replay/columns.ts'
import { encodingOf } from '../replay/decode-text.ts'
import { TIME_UNITS } from './time-unit.ts'

export const FORMATS = ['ndjson', 'csv', 'parquet'] as const
const FROM_DEFAULT = '2005-01-01T00:00:00Z'
const SET_CHARS_MAX = 64

export const COMMAND = {
  usage: `npm run import -- FILE… [flags]
                                 FILE: NDJSON, CSV or Parquet, also gzip or zstd; - is standard input

  Imports years of events into a running Tally: into the archive, and by the next recount into the counts. An
  interrupted import continues where it stopped; a file that was imported before changes nothing. All files are read
  and checked before anything is sent; until then their events are stored, compressed, in TMPDIR.`,
  flags: {
    url: url('the server', 'http://localhost:8080'),
    key: text('KEY', 'an admin key, if keys are on (default: the variable ADMIN_KEY)'),
    tenant: parsed(
      'NAME',
      'the tenant of the events (default: the column tenant, else the default tenant)',
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
      'windows-1252, utf-16le, shift_jis, … (default: UTF-8, or that of a byte order mark). Invalid ' +
        'bytes are refused, with their line and column.',
      null,
      (given) =>
        encodingOf(given) ?? broken('one of the WHATWG Encoding Standard: utf-8, windows-1252, utf-16le, …'),
    ),
    columns: text(
      'LIST',
      `which column holds which field: videoId=…,time=… of ${ROLES.join(', ')} ` +
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
      'unit of numeric times: s, ms, us, ns or auto. auto guesses by size and prints its result; a file that mixes ' +
        'units is refused',
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
      'the files of this command are parts of one: equal rows of different parts are all counted. This ' +
        'works only for parts that are imported by one command.',
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
  notes: `Rows without an id get one from their content and their number among the equal rows of their file. So each
row counts once even if the file is imported again after it has grown, or was corrected, sorted, split or recompressed.
A row with different content is another row. Equal rows of one file are all counted. Equal rows of different files count
once, because a copy cannot be distinguished from another event; the command says so. If that is wrong, use --parts or
--set.

NDJSON without --columns holds events in the form of POST /v1/events; they may lack the id and may name a tenant.`,
}

function timeOf(given: string): number {
  return parseQueryTime(given) ?? broken(TIME_RULE)
}

function broken(rule: string): never {
  throw new Error(`must be ${rule}`)
}
