// How many batches a database has taken, noted beside it in a file of its own (`counts.mark` beside `counts`). A
// database whose end was cut off opens as an older one that is sound in itself: only a mark that knows of more shows
// the loss. The mark is not synced. Where the machine stops it may know of fewer, which says nothing; it never knows of
// more than was durable.
import { close, constants, open, write } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'

/** A database by the number that it was born with, and how many batches it holds. */
export type Held = { readonly birth: number; readonly batches: number }

/** What a database has lost, by its mark. */
type Loss =
  /** So many of its last batches. */
  | { readonly kind: 'end'; readonly batches: number }
  /** All that it held: there is a new one in its place. */
  | { readonly kind: 'all' }

export type MarkState = 'sound' | 'absent' | 'unreadable' | Loss

// Plain descriptors: a mark may be let go of with its database, unclosed, as by a process that ends.
const [openFile, writeFile, closeFile] = [promisify(open), promisify(write), promisify(close)]

const NUMBER_DIGITS = 16
const OWNER_ONLY = 0o600

export class WriteMark {
  readonly #path: string
  #file: number | null = null
  #noted: Held | null = null
  #writing: Promise<void> | null = null

  constructor(path: string) {
    this.#path = path
  }

  /** What the mark knew when this was called: null where there is none. Throws where it cannot be read at all. */
  async read(): Promise<Held | 'unreadable' | null> {
    const bytes = await readFile(this.#path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null
      throw error
    })
    return bytes === null ? null : (parseLine(bytes.toString('latin1')) ?? 'unreadable')
  }

  /** Notes it by and by: nobody waits for it, and of several only the last is written. */
  note(held: Held): void {
    this.#noted = held
    this.#writing ??= this.#write().catch(() => {}) // the disk's faults show in the database itself
  }

  /** What was noted is written after that. */
  async close(): Promise<void> {
    await this.#writing
    if (this.#file !== null) await closeFile(this.#file)
    this.#file = null
  }

  async #write(): Promise<void> {
    try {
      while (this.#noted !== null) {
        const line = lineOf(this.#noted)
        this.#noted = null
        this.#file ??= await openFile(this.#path, constants.O_RDWR | constants.O_CREAT, OWNER_ONLY)
        await writeFile(this.#file, line, 0, 'latin1')
      }
    } finally {
      this.#writing = null
    }
  }
}

/** What a database has lost, given what its mark knows of. Pure. */
export function stateOf(held: Held, marked: Held | 'unreadable' | null): MarkState {
  if (marked === null) return 'absent'
  if (marked === 'unreadable') return marked
  if (marked.birth !== held.birth) return { kind: 'all' }
  if (marked.batches <= held.batches) return 'sound'
  return { kind: 'end', batches: marked.batches - held.batches }
}

function lineOf({ birth, batches }: Held): string {
  const numbers = [birth, batches].map((number) => String(number).padStart(NUMBER_DIGITS, '0')).join(' ')
  return `${numbers} ${crc32(numbers).toString(16).padStart(8, '0')}\n`
}

function parseLine(line: string): Held | null {
  const [birth, batches] = line.split(' ').map(Number)
  const held = { birth: birth!, batches: batches! }
  return lineOf(held) === line ? held : null
}
