// A classic-level database as the embedded forms use it: every write is one synced batch, damage is never
// taken for emptiness, and a failed write is healed before the next. Knows no keys but its own mark.
import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type BatchOperation, ClassicLevel } from 'classic-level'
import { DataDirectoryError, damaged } from './data-directory.ts'
import { journalDamage } from './level-journal.ts'

export type Level = ClassicLevel<string, Uint8Array>
export type Operation = BatchOperation<Level, string, Uint8Array>

/** Memory for writes before they become a sorted file; at most twice this is held. */
const WRITE_BUFFER_BYTES = 16 << 20
const BLOCK_CACHE_BYTES = 16 << 20
/** Sorts before all other keys, which begin with a letter. */
const MARK_KEY = '!mark'
const DATA_FILE = /^\d+\.(ldb|sst|log)$/
const JOURNAL_FILE = /^\d+\.log$/

export class LevelDatabase {
  readonly level: Level
  readonly directory: string
  #writeFailed = false

  private constructor(directory: string) {
    this.directory = directory
    this.level = new ClassicLevel(directory, {
      keyEncoding: 'utf8',
      valueEncoding: 'view',
      writeBufferSize: WRITE_BUFFER_BYTES,
      cacheSize: BLOCK_CACHE_BYTES,
    })
  }

  /**
   * Opens the database, or makes it with `birth` as its first content, which no torn write can lose again.
   * Fails with a DataDirectoryError: `locked`, `damaged`, `not_writable` or `unavailable`.
   */
  static async open(directory: string, birth: () => Operation[]): Promise<LevelDatabase> {
    await prepare(directory)
    const database = new LevelDatabase(directory) // begins to open by itself
    try {
      await database.level.open()
      await database.#begin(birth)
      return database
    } catch (error) {
      await database.level.close()
      throw database.fault(error)
    }
  }

  /** One atomic batch; resolved means durable. A rejection leaves its fate open until `heal`. */
  async write(operations: Operation[]): Promise<void> {
    try {
      await this.level.batch(operations, { sync: true })
    } catch (error) {
      this.#writeFailed = true
      throw this.fault(error)
    }
  }

  /**
   * To be called before a write. A failed write may have left half a record at the end of LevelDB's journal,
   * behind which others would be lost; opening anew starts a clean one. Then the caller reads its own state
   * again, in `reload`.
   */
  async heal(reload: () => Promise<void>): Promise<void> {
    if (!this.#writeFailed) return
    try {
      await this.level.close()
      await this.level.open()
    } catch (error) {
      throw this.fault(error)
    }
    await reload()
    this.#writeFailed = false
  }

  /** Says what an error of LevelDB means for the operator. */
  fault(error: unknown): DataDirectoryError {
    return levelFault(this.directory, error)
  }

  async #begin(birth: () => Operation[]): Promise<void> {
    if ((await this.level.get(MARK_KEY)) !== undefined) return
    const [firstKey] = await this.level.keys({ limit: 1 }).all()
    if (firstKey !== undefined) throw damaged(this.directory, 'The first entry of the database is lost.')
    const mark: Operation = { type: 'put', key: MARK_KEY, value: Uint8Array.of(1) }
    await this.write([mark, ...birth()])
    await this.level.compactRange('', '~') // out of the journal, into a sorted file
  }
}

async function prepare(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true })
    const files = await readdir(directory)
    if (!files.includes('CURRENT')) refuseData(directory, files)
    for (const file of files) if (JOURNAL_FILE.test(file)) await checkJournal(directory, file)
  } catch (error) {
    throw levelFault(directory, error)
  }
}

/** LevelDB would take a directory without its file CURRENT for an empty one, and remove the rest. */
function refuseData(directory: string, files: readonly string[]): void {
  if (!files.some((file) => DATA_FILE.test(file))) return
  throw damaged(directory, 'The file CURRENT of the database is lost.')
}

/** LevelDB would leave out what it cannot read. */
async function checkJournal(directory: string, file: string): Promise<void> {
  const at = journalDamage(await readFile(join(directory, file)))
  if (at !== null) throw damaged(directory, `The file ${file} of the database is damaged at byte ${at}.`)
}

function levelFault(directory: string, error: unknown): DataDirectoryError {
  if (error instanceof DataDirectoryError) return error
  const { code, message } = rootCause(error)
  const options = { cause: error }
  if (code === 'LEVEL_LOCKED') {
    const text = `Another process uses the directory ${directory}: stop it, or name another directory.`
    return new DataDirectoryError('locked', text, options)
  }
  if (code === 'LEVEL_CORRUPTION' || /No such file|Invalid argument/.test(message)) {
    return damaged(directory, `LevelDB reports: ${message}.`, error)
  }
  const text = `The directory ${directory} cannot be used: ${message}`
  const denied = code === 'EACCES' || code === 'EROFS' || /Permission denied|Read-only/.test(message)
  return new DataDirectoryError(denied ? 'not_writable' : 'unavailable', text, options)
}

function rootCause(error: unknown): { code: string; message: string } {
  let root = error as Error & { code?: string }
  while (root.cause instanceof Error) root = root.cause as Error & { code?: string }
  return { code: root.code ?? '', message: root.message }
}
