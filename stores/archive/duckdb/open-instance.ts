// Every instance of DuckDB is opened here: in memory, within bounds, and so that text is returned unchanged. The
// binding decodes text with a TextDecoder that drops a leading U+FEFF as a byte order mark, in every column, list and
// struct; but the name of a video may begin with one.
import { DuckDBInstance } from '@duckdb/node-api'
import accessors from '@duckdb/node-api/lib/vectors/dataAccessors.js'

const decoders: { textDecoder: TextDecoder } = accessors
decoders.textDecoder = new TextDecoder('utf-8', { ignoreBOM: true })

const NO_DOWNLOADS = { autoinstall_known_extensions: 'false', autoload_known_extensions: 'false' }
/** The memory for a single conversion, while the process does other work. */
const SMALL = { threads: '1', memory_limit: '256MiB' }

/** @param options as DuckDB names its settings */
export function openInstance(options: Readonly<Record<string, string>> = SMALL): Promise<DuckDBInstance> {
  return DuckDBInstance.create(':memory:', { ...options, ...NO_DOWNLOADS })
}
