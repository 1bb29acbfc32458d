// Shows the progress of a run: a bar on a terminal, a line for every tenth elsewhere.
import { timeLeftText } from '../../lib/time-left.ts'

export type Screen = { readonly isTTY?: boolean; write(text: string): unknown }

const BAR_CHARS = 30
const REDRAW_MS = 100

export class Progress {
  readonly #screen: Screen
  readonly #total: number
  readonly #unit: string
  readonly #startMs = performance.now()
  #drawnMs = 0
  #tenths = 0

  /** @param unit what is counted, in the plural */
  constructor(screen: Screen, total: number, unit = 'events') {
    this.#screen = screen
    this.#total = Math.max(1, total)
    this.#unit = unit
  }

  update(done: number) {
    const share = Math.min(1, done / this.#total)
    const nowMs = performance.now()
    const elapsedMs = Math.max(1, nowMs - this.#startMs)
    const speed = `${Math.round((done * 1_000) / elapsedMs).toLocaleString('en')}/s`
    const figures = `${done.toLocaleString('en')} ${this.#unit}, ${speed}${timeLeftText(share, elapsedMs)}`
    const percent = `${Math.floor(share * 100)}%`.padStart(4)
    if (this.#screen.isTTY) {
      if (nowMs - this.#drawnMs < REDRAW_MS && share < 1) return
      this.#drawnMs = nowMs
      const filled = Math.round(share * BAR_CHARS)
      this.#screen.write(
        `\r${'█'.repeat(filled)}${'░'.repeat(BAR_CHARS - filled)}${percent}  ${figures}\x1b[K`,
      )
    } else if (Math.floor(share * 10) > this.#tenths) {
      this.#tenths = Math.floor(share * 10)
      this.#screen.write(`${percent}  ${figures}\n`)
    }
  }

  /** Removes the bar, so that other lines can follow. */
  clear() {
    if (this.#screen.isTTY) this.#screen.write('\r\x1b[K')
  }
}
