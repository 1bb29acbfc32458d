// Cuts the prepared events into batches for sending: NDJSON, bounded only by bytes.

import { LOT_BYTES_MAX } from '../../services/reconciler/operators/imports.ts'
import type { EqualRows, Repeat } from '../../stores/archive/duckdb/equal-rows.ts'
import { digestOf, named } from './event-text.ts'
import type { Prepared } from './prepare.ts'
import { readSpool, type SpooledEvent } from './spool.ts'

export type Lot = {
  /** The number of its first event, from 0. */
  readonly from: number
  readonly events: readonly string[]
}

/** Every batch holds at least one event: the rules for events keep each of them far below the bound. */
export async function* lotsOf(
  { spool }: Pick<Prepared, 'spool'>,
  index: number,
  equalRows: Pick<EqualRows, 'repeats'>,
  set: string,
  fromEvent: number,
): AsyncGenerator<Lot> {
  const name = new Names(equalRows.repeats(index), set)
  let lot: { from: number; events: string[] } = { from: fromEvent, events: [] }
  let bytes = 0
  let at = 0
  for await (const some of readSpool(spool)) {
    for (const event of some) {
      const text = event.hasId ? event.text : await name.of(event, at)
      if (at++ < fromEvent) continue
      const length = Buffer.byteLength(text) + 1
      if (bytes + length > LOT_BYTES_MAX) {
        yield lot
        lot = { from: at - 1, events: [] }
        bytes = 0
      }
      lot.events.push(text)
      bytes += length
    }
  }
  if (lot.events.length > 0) yield lot
}

/** A cursor that moves along with the events: most are the first of equal rows, and the others come in order. */
class Names {
  readonly #repeats: AsyncIterator<Repeat>
  readonly #set: string
  #next: Promise<IteratorResult<Repeat>> | null = null

  constructor(repeats: AsyncIterable<Repeat>, set: string) {
    this.#repeats = repeats[Symbol.asyncIterator]()
    this.#set = set
  }

  async of({ text }: SpooledEvent, at: number): Promise<string> {
    this.#next ??= this.#repeats.next()
    const next = await this.#next
    const isRepeat = !next.done && next.value.row === at
    if (isRepeat) this.#next = null
    return named(text, digestOf(text, this.#set), isRepeat ? next.value.ordinal : 1)
  }
}
