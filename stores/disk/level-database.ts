// A classic-level database as the embedded forms use it: every write is one synced batch, damage is never mistaken
// for an empty database, and a failed write is repaired before the next. Knows no keys except its own mark.
import { randomBytes } from 'node:crypto'
import { access, mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type BatchOperation, ClassicLevel } from 'classic-level'
import { Slots } from '../../lib/slots.ts'
import { numbersValue, parseNumbers } from './checked-value.ts'
import { DataDirectoryError, damaged, lostDirectory } from './data-directory.ts'
import { DatabaseCopy, type Entry } from './database-copy.ts'
import { journalDamage } from './level-journal.ts'
import { type Held, type MarkState, stateOf, WriteMark } from './write-mark.ts'

export type Level = ClassicLevel<string, Uint8Array>
export type Operation = BatchOperation<Level, string, Uint8Array>

/** Memory for writes before they become a sorted file; at most twice this is used. */
const WRITE_BUFFER_BYTES = 16 << 20
const BLOCK_CACHE_BYTES = 16 << 20
/**
 * LevelDB maps every table file that it has open into memory, so what was read of them counts as resident memory. Its
 * own default of 1,000 lets a log grow to that over hours, which cannot be told from a leak.
 */
const OPEN_FILES_MAX = 128
/** Sorts before all other keys, which begin with a letter. */
const MARK_KEY = '!mark'
/**
 * The random number given to the database when it was made, and the batches that it has taken: part of every batch.
 */
const HELD_KEY = '!held'
const BIRTH_BYTES = 6
const DATA_FILE = /^\d+\.(ldb|sst|log)$/
const JOURNAL_FILE = /^\d+\.log$/

export class LevelDatabase {
  readonly level: Level
  readonly directory: string
  readonly #mark: WriteMark
  #held: Held = { birth: 0, batches: 0 }
  #state: MarkState = 'sound'
  readonly #turns = new Slots(1)
  #writeFailed = false

  private constructor(directory: string) {
    this.directory = directory
    this.#mark = new WriteMark(markPath(directory))
    this.level = new ClassicLevel(directory, {
      keyEncoding: 'utf8',
      valueEncoding: 'view',
      writeBufferSize: WRITE_BUFFER_BYTES,
      cacheSize: BLOCK_CACHE_BYTES,
      maxOpenFiles: OPEN_FILES_MAX,
    })
  }

  /**
   * Opens the database, or makes it with `birth` as its first content, which a torn write cannot lose.
   * Fails with a DataDirectoryError: `locked`, `damaged`, `not_writable` or `unavailable`.
   */
  static async open(directory: string, birth: () => Operation[]): Promise<LevelDatabase> {
    await prepare(directory)
    const database = new LevelDatabase(directory) // begins to open by itself
    try {
      await database.level.open()
      const isNew = await database.#begin(birth)
      await database.#readMark(isNew)
      return database
    } catch (error) {
      await database.close()
      throw database.fault(error)
    }
  }

  /**
   * For a database that nothing can restore: fails with a DataDirectoryError `damaged` if it lost its last batches.
   * @param what it holds, as in "The last 3 batches of the log"
   */
  refuseLoss(what: string): void {
    const state = this.#state
    if (typeof state === 'string') return
    if (state.kind === 'all') {
      this.accept() // an empty directory in its place is an operator's decision
      return
    }
    const { directory } = this
    const finding = `The last ${state.batches} batches of ${what} in ${directory} are lost.`
    const advice = `Restore ${directory} from a backup, or remove ${markPath(directory)} to go on without them.`
    throw new DataDirectoryError('damaged', `${finding} ${advice}`)
  }

  /** What the database had lost when it was opened, according to its mark. */
  get state(): MarkState {
    return this.#state
  }

  /** Resets the mark to what the database holds: the loss has been handled. */
  accept(): void {
    this.#state = 'sound'
    this.#mark.note(this.#held)
  }

  /** What it holds now, to be read later. */
  copy(): DatabaseCopy {
    return new DatabaseCopy(this.level, (error) => this.fault(error))
  }

  async close(): Promise<void> {
    await this.level.close()
    await this.#mark.close()
  }

  /** One atomic batch; resolved means durable. After a rejection the outcome is unknown until `heal`. */
  write(operations: Operation[]): Promise<void> {
    return this.#turns.use(() => this.#write(operations))
  }

  /** One after the other, so that the last one stored says how many there are. */
  async #write(operations: Operation[]): Promise<void> {
    const held = { ...this.#held, batches: this.#held.batches + 1 }
    try {
      await this.level.batch([...operations, heldEntry(held)], { sync: true })
    } catch (error) {
      this.#writeFailed = true
      throw this.fault(error)
    }
    this.#held = held
    if (isSound(this.#state)) this.#mark.note(held) // otherwise it would forget the loss
  }

  /**
   * To be called before a write. A failed write may have left half a record at the end of LevelDB's journal, and
   * later records would be lost; reopening starts a clean journal. Then the caller reads its own state again, in
   * `reload`.
   */
  async heal(reload: () => Promise<void>): Promise<void> {
    if (!this.#writeFailed) return
    try {
      await this.level.close()
      await this.level.open()
      this.#held = (await this.#readHeld()) ?? this.#held
    } catch (error) {
      throw this.fault(error)
    }
    await reload()
    this.#writeFailed = false
  }

  /** Translates an error of LevelDB into one for the operator. */
  fault(error: unknown): DataDirectoryError {
    return levelFault(this.directory, error)
  }

  /** Whether it is a new one. */
  async #begin(birth: () => Operation[]): Promise<boolean> {
    if ((await this.level.get(MARK_KEY)) !== undefined) return false
    const [firstKey] = await this.level.keys({ limit: 1 }).all()
    if (firstKey !== undefined) throw damaged(this.directory, 'The first entry of the database is lost.')
    const mark: Operation = { type: 'put', key: MARK_KEY, value: Uint8Array.of(1) }
    const held = { birth: randomBytes(BIRTH_BYTES).readUIntBE(0, BIRTH_BYTES), batches: 0 }
    await this.level.batch([mark, heldEntry(held), ...birth()], { sync: true })
    await this.level.compactRange('', '~') // out of the journal, into a sorted file
    return true
  }

  async #readMark(isNew: boolean): Promise<void> {
    const held = await this.#readHeld()
    const marked = await this.#mark.read()
    if (held === null) {
      this.#held = { birth: randomBytes(BIRTH_BYTES).readUIntBE(0, BIRTH_BYTES), batches: 0 }
      await this.write([]) // made by a release that had no marks
      return
    }
    this.#held = held
    this.#state = stateOf(held, marked)
    if (this.#state === 'absent' && isNew) this.#state = 'sound'
    if (isSound(this.#state)) this.#mark.note(held)
  }

  async #readHeld(): Promise<Held | null> {
    const value = await this.level.get(HELD_KEY)
    if (value === undefined) return null
    const [birth, batches] = parseNumbers(HELD_KEY, value) ?? []
    if (batches === undefined) throw damaged(this.directory, `The entry ${HELD_KEY} has a wrong checksum.`)
    return { birth: birth!, batches }
  }
}

/**
 * Makes a database of the entries of another one, with a mark of its own. Resolved means durable. Fails with a
 * DataDirectoryError, also where the entries are not those of a whole database.
 */
export async function fillDatabase(
  directory: string,
  entries: AsyncIterable<readonly Entry[]>,
): Promise<void> {
  await mkdir(directory, { recursive: true })
  const level = new ClassicLevel<Uint8Array, Uint8Array>(directory, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    errorIfExists: true,
    writeBufferSize: WRITE_BUFFER_BYTES,
  })
  try {
    await level.open()
    for await (const lot of entries) {
      await level.batch(lot.map(([key, value]) => ({ type: 'put', key, value })))
    }
  } catch (error) {
    throw levelFault(directory, error)
  } finally {
    await level.close()
  }
  // Opened again, LevelDB moves what is in its journal into sorted files, which it syncs; and the mark is written.
  const database = await LevelDatabase.open(directory, () => {
    throw damaged(directory, 'The entries of the database are lost.')
  })
  await database.close()
}

/** Removes the database with its mark. */
export async function removeDatabase(directory: string): Promise<void> {
  for (const path of [directory, markPath(directory)]) await rm(path, { recursive: true, force: true })
}

/** Without a mark nothing can be missing: the mark is made again. */
function isSound(state: MarkState): boolean {
  return state === 'sound' || state === 'absent' || state === 'unreadable'
}

function markPath(directory: string): string {
  return `${directory}.mark`
}

function heldEntry({ birth, batches }: Held): Operation {
  return { type: 'put', key: HELD_KEY, value: numbersValue(HELD_KEY, [birth, batches]) }
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

async function prepare(directory: string): Promise<void> {
  try {
    if (!(await isThere(directory)) && (await isThere(markPath(directory)))) throw lostDirectory(directory)
    await mkdir(directory, { recursive: true })
    const files = await readdir(directory)
    if (!files.includes('CURRENT')) refuseData(directory, files)
    for (const file of files) if (JOURNAL_FILE.test(file)) await checkJournal(directory, file)
  } catch (error) {
    throw levelFault(directory, error)
  }
}

/** LevelDB would treat a directory without the file CURRENT as empty, and remove the rest. */
function refuseData(directory: string, files: readonly string[]): void {
  if (!files.some((file) => DATA_FILE.test(file))) return
  throw damaged(directory, 'The file CURRENT of the database is lost.')
}

/** LevelDB would silently skip what it cannot read. */
async function checkJournal(directory: string, file: string): Promise<void> {
  const at = journalDamage(await readFile(join(directory, file)))
  if (at !== null) throw damaged(directory, `The file ${file} of the database is damaged at byte ${at}.`)
}

export function levelFault(directory: string, error: unknown): DataDirectoryError {
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
