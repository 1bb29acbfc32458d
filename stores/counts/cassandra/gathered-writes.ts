// Gathers what the sources of a process write in one turn of the event loop, so that rows of one partition share a
// batch whichever source they are of. It knows nothing of statements.
import { setImmediate } from 'node:timers/promises'
import type { CountRow, RefusedRow } from '../counts.ts'
import { allOf } from './all-of.ts'

export type SourceWrite = { readonly sourceId: string; readonly rows: readonly CountRow[] }

/** Statements that are sent together. */
export type Batch<Write> = {
  /** The writes that have statements in it. */
  readonly of: ReadonlySet<Write>
  /** Resolved means that its rows are durable but for those it returns. */
  readonly stored: Promise<readonly RefusedRow[]>
}

/** Rows that wait for the turn to end; a write that has more goes alone or with those before it. */
const ROWS_WAITING_MAX = 20_000

type Waiting<Write> = {
  readonly write: Write
  readonly resolve: (refused: Promise<readonly RefusedRow[]>) => void
  readonly reject: (reason: unknown) => void
}

export class GatheredWrites<Write extends SourceWrite> {
  readonly #begin: (writes: readonly Write[]) => readonly Batch<Write>[]
  readonly #turn: () => Promise<unknown>
  readonly #rowsMax: number
  #waiting: Waiting<Write>[] = []
  #rows = 0

  /** @param begin sends these writes as batches, each of which settles whatever becomes of others */
  constructor(
    begin: (writes: readonly Write[]) => readonly Batch<Write>[],
    turn: () => Promise<unknown> = setImmediate,
    rowsMax = ROWS_WAITING_MAX,
  ) {
    this.#begin = begin
    this.#turn = turn
    this.#rowsMax = rowsMax
  }

  /**
   * Resolves when every batch with rows of this write is stored, and fails when one of them has failed and none is in
   * flight: then all writes that had rows in it are to be repeated, which is harmless (law 2). It does not wait for
   * batches that hold other writes alone.
   */
  write(write: Write): Promise<readonly RefusedRow[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly RefusedRow[]>()
    if (this.#waiting.length === 0) void this.#turn().then(() => this.#send())
    this.#waiting.push({ write, resolve, reject })
    this.#rows += write.rows.length
    if (this.#rows >= this.#rowsMax) this.#send()
    return promise
  }

  #send(): void {
    const waiting = this.#waiting
    this.#waiting = []
    this.#rows = 0
    if (waiting.length === 0) return
    try {
      const batches = this.#begin(waiting.map(({ write }) => write))
      for (const { write, resolve } of waiting) resolve(outcomeOf(write, batches))
    } catch (error) {
      for (const { reject } of waiting) reject(error)
    }
  }
}

async function outcomeOf<Write extends SourceWrite>(
  write: Write,
  batches: readonly Batch<Write>[],
): Promise<readonly RefusedRow[]> {
  const own = batches.filter(({ of }) => of.has(write))
  const refused = (await allOf(own.map(({ stored }) => stored))).flat()
  if (refused.length === 0) return refused
  const rows = new Set(write.rows)
  return refused.filter(({ row }) => rows.has(row))
}
