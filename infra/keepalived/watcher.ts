// A client in the middle that asks the shared address again and again, and notes when it was answered.
import type { ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { until } from './condition.ts'
import { killGroup, type Networks } from './networks.ts'
import { SHARED_URL } from './virtual-machine.ts'

const ASKING = `
setInterval(() => {
  fetch('${SHARED_URL}/', { signal: AbortSignal.timeout(1000), headers: { connection: 'close' } })
    .then((answer) => answer.text())
    .then(() => console.log('answered'), () => {})
}, 100)`

export class Watcher implements AsyncDisposable {
  readonly #answeredMs: number[] = []
  readonly #child: ChildProcess

  constructor(networks: Networks) {
    this.#child = networks.spawn(networks.middle, process.execPath, ['--eval', ASKING])
    createInterface({ input: this.#child.stdout! }).on('line', () => this.#answeredMs.push(performance.now()))
  }

  get answers(): number {
    return this.#answeredMs.length
  }

  /** Resolves after so many more answers. */
  async untilAnswered(times: number): Promise<void> {
    const wanted = this.answers + times
    await until('it is answered again', async () => this.answers >= wanted)
  }

  longestGapMs(sinceMs: number): number {
    const moments = [sinceMs, ...this.#answeredMs.filter((atMs) => atMs > sinceMs)]
    return Math.round(Math.max(...moments.slice(1).map((atMs, index) => atMs - moments[index]!)))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await killGroup(this.#child)
  }
}
