// Records how many batches a database has taken, in a file beside it (`counts.mark` beside `counts`). A database
// whose end was cut off opens as an older but consistent one: only a mark with a higher number shows the loss. The
// mark is not synced. After a crash of the machine its number may be too low, which proves nothing; it is never
// higher than what was durable.
import { close, constants, open, write } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { crc32 } from 'node:zlib'
import { ifThere } from '../../lib/if-there.ts'

/** Identifies a database by the random number from when it was made, and says how many batches it holds. */
export type Held = { readonly birth: number; readonly batches: number }

/** What a database has lost, by its mark. */
type Loss =
  /** How many of its last batches are lost. */
  | { readonly kind: 'end'; readonly batches: number }
  /** Everything is lost: a new database is in its place. */
  | { readonly kind: 'all' }

export type MarkState = 'sound' | 'absent' | 'unreadable' | Loss

// Plain file descriptors, so that a mark may be dropped unclosed together with its database, as when a process ends.
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

  /** The mark as it was on disk; null if there is none. Throws if it cannot be read at all. */
  async read(): Promise<Held | 'unreadable' | null> {
    const bytes = await ifThere(readFile(this.#path))
    return bytes === null ? null : (parseLine(bytes.toString('latin1')) ?? 'unreadable')
  }

  /** Writes the mark in the background: nobody waits for it, and of several marks only the last is written. */
  note(held: Held): void {
    this.#noted = held
    this.#writing ??= this.#write().catch(() => {}) // disk faults show in the database itself
  }

  /** Resolves when everything noted has been written. */
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

/** What a database has lost, according to its mark. Pure. */
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

/** From now on the mark says that all that its database ever held is lost: it must be made again. */
export async function forgetMark(path: string): Promise<void> {
  const mark = new WriteMark(path)
  mark.note({ birth: 0, batches: 0 })
  await mark.close()
}
