// The text of `npm run import -- --help`.
import { PRESETS, ROLES } from '../replay/columns.ts'

export const FROM_DEFAULT = '2005-01-01T00:00:00Z'

export const USAGE = `npm run import -- FILE… [flags]
                                 FILE: NDJSON, CSV or Parquet, also gzip or zstd; - is standard input

  Imports years of events into a running Tally: into the archive, and by the next recount into the counts. An
  interrupted import continues where it stopped; a file that was imported before changes nothing. All files are read
  and checked before anything is sent; until then their events are stored, compressed, in TMPDIR.

  --url URL            the server (default http://localhost:8080)
  --key KEY            an admin key, if keys are on (default: the variable ADMIN_KEY)
  --tenant NAME        the tenant of the events (default: the column tenant, else the default tenant)
  --no-wait            do not wait until the events are counted

How a file is read:
  --format FORMAT      ndjson, csv or parquet (default: by the content of the file, never by its name)
  --encoding NAME      windows-1252, utf-16le, shift_jis, … (default: UTF-8, or that of a byte order mark).
                       Invalid bytes are refused, with their line and column.
  --columns LIST       which column holds which field: videoId=…,time=… of
                       ${ROLES.join(', ')}
                       (default: columns of these names, and those of an export)
  --preset NAME        known columns: ${Object.keys(PRESETS).join(', ')} (default: by the header)
  --time-unit UNIT     unit of numeric times: s, ms, us, ns or auto (default). auto guesses by size and prints its
                       result; a file that mixes units is refused.
  --from, --to TIME    times outside this range are refused (default: ${FROM_DEFAULT} to a minute from now)

Rows without an id get one from their content and their number among the equal rows of their file. So each row counts
once even if the file is imported again after it has grown, or was corrected, sorted, split or recompressed.
A row with different content is another row. Equal rows of one file are all counted. Equal rows of different files count
once, because a copy cannot be distinguished from another event; the command says so. If that is wrong:
  --parts              the files of this command are parts of one: equal rows of different parts are all counted.
                       This works only for parts that are imported by one command.
  --set NAME           rows of different sets are different rows, even if they are equal: for files of different
                       origins, such as the logs of two servers

NDJSON without --columns holds events in the form of POST /v1/events; they may lack the id and may name a tenant.`
