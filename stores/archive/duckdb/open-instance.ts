// Every instance of DuckDB is opened here: in memory, within bounds, and so that text comes back as it went in. The
// binding decodes text with a TextDecoder that takes a leading U+FEFF for a byte order mark and leaves it out, in every
// column, list and struct; the name of a video may begin with one.
import { DuckDBInstance } from '@duckdb/node-api'
import accessors from '@duckdb/node-api/lib/vectors/dataAccessors.js'

const decoders: { textDecoder: TextDecoder } = accessors
decoders.textDecoder = new TextDecoder('utf-8', { ignoreBOM: true })

const NO_DOWNLOADS = { autoinstall_known_extensions: 'false', autoload_known_extensions: 'false' }
/** For a single conversion, beside whatever else the process does. */
const SMALL = { threads: '1', memory_limit: '256MiB' }

/** @param options as DuckDB names its settings */
export function openInstance(options: Readonly<Record<string, string>> = SMALL): Promise<DuckDBInstance> {
  return DuckDBInstance.create(':memory:', { ...options, ...NO_DOWNLOADS })
}
