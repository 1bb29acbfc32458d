// The running totals of one minute: an open-addressing hash table from a series' encoded bytes to a row of numbers.
// A row's eight numbers share a cache line, and a lookup compares bytes, so a known bucket costs no string.
import type { Bucket } from '../../../model/bucket.ts'
import type { Total } from '../../../model/total.ts'
import type { CountRow } from '../../../stores/counts/counts.ts'

// Cells of a row. A sum is high × 2^50 + low, in thousandths: exact far beyond what a double holds.
const COUNT = 0
const VALUES = 1
const SUM_HIGH = 2
const SUM_LOW = 3
const MIN = 4
const MAX = 5
const UP_TO = 6
const STORED_UP_TO = 7
const CELLS = 8

const CARRY = 2 ** 50
const CARRY_BIG = 1n << 50n
const ROWS_FIRST = 16
const ARENA_FIRST = 1_024

export type TotalsColumns = {
  readonly hashes: Uint32Array
  readonly keyEnds: Int32Array
  readonly cells: Float64Array
  readonly keys: Uint8Array
}

export class TotalsTable {
  /** Rows in the table; they are numbered from 0 and never move. */
  rows = 0
  /** The rows that changed since `takeChanged`. */
  #changed: number[] = []
  #isChanged = new Uint8Array(ROWS_FIRST)
  #slots = new Int32Array(ROWS_FIRST * 2).fill(-1)
  #hashes = new Uint32Array(ROWS_FIRST)
  #keyEnds = new Int32Array(ROWS_FIRST)
  #cells = new Float64Array(ROWS_FIRST * CELLS)
  #arena = new Uint8Array(ARENA_FIRST)
  #buckets: Bucket[] = []

  get changedRows(): number {
    return this.#changed.length
  }

  get byteLength(): number {
    const arrays = [this.#isChanged, this.#slots, this.#hashes, this.#keyEnds, this.#cells, this.#arena]
    return arrays.reduce((sum, array) => sum + array.byteLength, 0)
  }

  /** The row of a key, or -1. */
  find(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const mask = this.#slots.length - 1
    for (let i = hash & mask; ; i = (i + 1) & mask) {
      const row = this.#slots[i]!
      if (row < 0) return -1
      if (this.#hashes[row] === hash && this.#hasKey(row, bytes, start, end)) return row
    }
  }

  /** Adds a row for a key that is not in the table: empty, or as it was read from the store, then changed (law 3). */
  insert(bytes: Uint8Array, start: number, end: number, hash: number, bucket: Bucket, stored: Total | null) {
    const row = this.rows++
    if (row === this.#hashes.length) this.#growRows()
    const keyStart = this.#keyStart(row)
    const keyEnd = keyStart + end - start
    while (keyEnd > this.#arena.length) this.#arena = enlarged(this.#arena)
    this.#arena.set(bytes.subarray(start, end), keyStart)
    this.#keyEnds[row] = keyEnd
    this.#hashes[row] = hash
    this.#buckets[row] = bucket
    this.#place(row)
    this.#setCells(row * CELLS, stored)
    if (stored !== null) this.#markChanged(row)
    return row
  }

  /** Counts one event; `value` in thousandths, NaN for none. Skips what the stored total includes (law 3). */
  count(row: number, offset: number, value: number): void {
    const cells = this.#cells
    const at = row * CELLS
    if (offset <= cells[at + STORED_UP_TO]!) return
    cells[at + COUNT]!++
    cells[at + UP_TO] = offset
    if (!Number.isNaN(value)) {
      cells[at + VALUES]!++
      const low = cells[at + SUM_LOW]! + value
      if (low >= CARRY || low <= -CARRY) {
        cells[at + SUM_HIGH]! += Math.sign(low)
        cells[at + SUM_LOW] = low - Math.sign(low) * CARRY
      } else {
        cells[at + SUM_LOW] = low
      }
      if (value < cells[at + MIN]!) cells[at + MIN] = value
      if (value > cells[at + MAX]!) cells[at + MAX] = value
    }
    if (this.#isChanged[row] === 0) this.#markChanged(row)
  }

  /** The changed rows as absolute totals; the table then starts a new list of changes. */
  takeChanged(): CountRow[] {
    const taken = this.#changed.map((row) => ({ bucket: this.#buckets[row]!, total: this.#total(row) }))
    for (const row of this.#changed) this.#isChanged[row] = 0
    this.#changed = []
    return taken
  }

  /** Copies of the raw columns, for a snapshot of a table without changes. */
  columns(): TotalsColumns {
    return {
      hashes: this.#hashes.slice(0, this.rows),
      keyEnds: this.#keyEnds.slice(0, this.rows),
      cells: this.#cells.slice(0, this.rows * CELLS),
      keys: this.#arena.slice(0, this.#keyStart(this.rows)),
    }
  }

  static from(columns: TotalsColumns, bucketOf: (key: Uint8Array) => Bucket): TotalsTable {
    const table = new TotalsTable()
    const { hashes, keyEnds, cells, keys } = columns
    for (let row = 0; row < hashes.length; row++) {
      const key = keys.subarray(keyEnds[row - 1] ?? 0, keyEnds[row])
      table.insert(key, 0, key.length, hashes[row]!, bucketOf(key), null)
    }
    table.#cells.set(cells)
    return table
  }

  #total(row: number): Total {
    const at = row * CELLS
    const cells = this.#cells
    const values = cells[at + VALUES]!
    const high = cells[at + SUM_HIGH]!
    const low = BigInt(cells[at + SUM_LOW]!)
    return {
      count: cells[at + COUNT]!,
      values,
      sum: high === 0 ? low : BigInt(high) * CARRY_BIG + low,
      min: values === 0 ? null : cells[at + MIN]!,
      max: values === 0 ? null : cells[at + MAX]!,
      upTo: cells[at + UP_TO]!,
    }
  }

  #setCells(at: number, stored: Total | null): void {
    const cells = this.#cells
    cells[at + COUNT] = stored?.count ?? 0
    cells[at + VALUES] = stored?.values ?? 0
    cells[at + SUM_HIGH] = Number((stored?.sum ?? 0n) / CARRY_BIG)
    cells[at + SUM_LOW] = Number((stored?.sum ?? 0n) % CARRY_BIG)
    cells[at + MIN] = stored?.min ?? Infinity
    cells[at + MAX] = stored?.max ?? -Infinity
    cells[at + UP_TO] = stored?.upTo ?? -1
    cells[at + STORED_UP_TO] = stored?.upTo ?? -1
  }

  #markChanged(row: number): void {
    this.#isChanged[row] = 1
    this.#changed.push(row)
  }

  #keyStart(row: number): number {
    return row === 0 ? 0 : this.#keyEnds[row - 1]!
  }

  #hasKey(row: number, bytes: Uint8Array, start: number, end: number): boolean {
    const arena = this.#arena
    const keyStart = this.#keyStart(row)
    const length = end - start
    if (this.#keyEnds[row]! - keyStart !== length) return false
    for (let i = 0; i < length; i++) if (arena[keyStart + i] !== bytes[start + i]) return false
    return true
  }

  #place(row: number): void {
    const mask = this.#slots.length - 1
    let i = this.#hashes[row]! & mask
    while (this.#slots[i]! >= 0) i = (i + 1) & mask
    this.#slots[i] = row
  }

  #growRows(): void {
    this.#isChanged = enlarged(this.#isChanged)
    this.#hashes = enlarged(this.#hashes)
    this.#keyEnds = enlarged(this.#keyEnds)
    this.#cells = enlarged(this.#cells)
    this.#slots = new Int32Array(this.#slots.length * 2).fill(-1)
    for (let row = 0; row < this.rows - 1; row++) this.#place(row)
  }
}

function enlarged<T extends Uint8Array | Int32Array | Uint32Array | Float64Array>(array: T): T {
  const larger = new (array.constructor as new (length: number) => T)(array.length * 2)
  larger.set(array)
  return larger
}
