// The text of `npm run import -- --help`.
import { PRESETS, ROLES } from '../replay/columns.ts'

export const FROM_DEFAULT = '2005-01-01T00:00:00Z'

export const USAGE = `npm run import -- FILE… [flags]
                                 FILE: NDJSON, CSV or Parquet, also gzip or zstd; - is standard input

  Years of events into a running Tally: into the archive, and by the next recount into the counts. An import that was
  broken off goes on where it stood; a file that was imported before changes nothing. All files are read and checked
  before anything is sent; until then what was read is kept, compressed, in TMPDIR.

  --url URL            the server (default http://localhost:8080)
  --key KEY            an admin key, where keys are on (default: the variable ADMIN_KEY)
  --tenant NAME        whose events these are (default: as the column tenant says, else the default tenant)
  --no-wait            do not wait until the events are counted

How a file is read:
  --format FORMAT      ndjson, csv or parquet (default: by the content of the file, never by its name)
  --encoding NAME      windows-1252, utf-16le, shift_jis, … (default: UTF-8, or as a byte order mark says).
                       Bytes that are not of the encoding are refused, with their line and column.
  --columns LIST       which column is what: videoId=…,time=… of
                       ${ROLES.join(', ')}
                       (default: columns of these names, and those of an export)
  --preset NAME        known columns: ${Object.keys(PRESETS).join(', ')} (default: by the header)
  --time-unit UNIT     of times that are numbers: s, ms, us, ns or auto (default). auto goes by their size and says
                       what it found; a file that mixes units is refused.
  --from, --to TIME    times outside are refused (default: ${FROM_DEFAULT} to a minute from now)

Rows without an id are named by their content, and by which of the equal rows of their file they are. So each row counts
once if the file has grown, or was mended, sorted, split or compressed anew, also beside what was imported of it before.
A row that says something else is another row. Equal rows of one file count each. Equal rows of different files count
once, because nothing tells a copy from another event; the command says so. Where that is wrong:
  --parts              the files of this command are parts of one: equal rows of different parts count each.
                       Parts that are imported by different commands cannot know of each other.
  --set NAME           rows of different sets are different rows, even if they are equal: for files of different
                       origins, such as the logs of two servers

NDJSON without --columns holds events as POST /v1/events takes them; they may lack the id and name a tenant.`
