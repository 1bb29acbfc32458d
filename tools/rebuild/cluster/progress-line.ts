// How far a long task has come: one line that is written over on a terminal; elsewhere a line now and then.
import type { Clock } from '../../../lib/clock.ts'
import { SECOND_MS } from '../../../model/bucket.ts'
import type { Screen } from '../../backup/byte-progress.ts'

const LINE_INTERVAL_MS = 30 * SECOND_MS

export class ProgressLine {
  readonly #print: (line: string) => void
  readonly #screen: Screen
  readonly #clock: Pick<Clock, 'nowMs'>
  #printedMs = Number.NEGATIVE_INFINITY

  constructor(
    { print, screen }: { readonly print: (line: string) => void; readonly screen: Screen },
    clock: Pick<Clock, 'nowMs'>,
  ) {
    this.#print = print
    this.#screen = screen
    this.#clock = clock
  }

  show(text: string): void {
    if (this.#screen.isTTY) this.#screen.write(`\r${text}\x1b[K`)
    else if (this.#clock.nowMs() - this.#printedMs >= LINE_INTERVAL_MS) {
      this.#printedMs = this.#clock.nowMs()
      this.#print(text)
    }
  }

  /** Removes the line, so that others can follow. */
  clear(): void {
    if (this.#screen.isTTY) this.#screen.write('\r\x1b[K')
  }
}
