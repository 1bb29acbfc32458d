// Shows on a terminal how many bytes of a long task are done; elsewhere nothing.
import { MIB } from '../../lib/byte-units.ts'
import { timeLeftText } from '../../lib/time-left.ts'

export type Screen = { readonly isTTY?: boolean; write(text: string): unknown }

const REDRAW_MS = 100

export class ByteProgress {
  readonly #screen: Screen
  readonly #what: string
  readonly #total: number | null
  readonly #startMs = performance.now()
  #done = 0
  #drawnMs = Number.NEGATIVE_INFINITY

  /** `total` is null if nobody knows it. */
  constructor(screen: Screen, what: string, total: number | null) {
    this.#screen = screen
    this.#what = what
    this.#total = total
  }

  add(bytes: number): void {
    this.#done += bytes
    const nowMs = performance.now()
    if (!this.#screen.isTTY || nowMs - this.#drawnMs < REDRAW_MS) return
    this.#drawnMs = nowMs
    const elapsedMs = Math.max(1, nowMs - this.#startMs)
    const speed = `${bytesText((1_000 * this.#done) / elapsedMs)}/s`
    this.#screen.write(
      `\r${this.#what}: ${bytesText(this.#done)}${this.#shareText(elapsedMs)}, ${speed}\x1b[K`,
    )
  }

  #shareText(elapsedMs: number): string {
    if (this.#total === null) return ''
    const share = this.#done / Math.max(1, this.#total)
    return ` (${Math.floor(100 * share)} %${timeLeftText(share, elapsedMs)})`
  }

  /** Removes the line, so that others can follow. */
  clear(): void {
    if (this.#screen.isTTY) this.#screen.write('\r\x1b[K')
  }
}

export function bytesText(bytes: number): string {
  return bytes < MIB ? `${Math.ceil(bytes / 1_024)} KiB` : `${(bytes / MIB).toFixed(1)} MiB`
}
