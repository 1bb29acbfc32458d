// A page that is hidden and shown.
import type { Runtime } from '../../sdk/src/runtime.ts'

export class VirtualPage {
  readonly #listeners = new Set<{ readonly type: string; readonly listener: () => void }>()
  readonly globals: NonNullable<Runtime['page']>
  #visibility: 'hidden' | 'visible' = 'visible'

  constructor() {
    const addEventListener = (type: string, listener: () => void, { signal }: { signal: AbortSignal }) => {
      const one = { type, listener }
      this.#listeners.add(one)
      signal.addEventListener('abort', () => this.#listeners.delete(one))
    }
    const page = this
    const document = {
      addEventListener,
      get visibilityState() {
        return page.#visibility
      },
    }
    this.globals = { document, addEventListener }
  }

  hide(): void {
    this.#turn('hidden', ['visibilitychange', 'pagehide'])
  }

  show(): void {
    this.#turn('visible', ['visibilitychange', 'pageshow'])
  }

  #turn(visibility: 'hidden' | 'visible', types: readonly string[]): void {
    this.#visibility = visibility
    for (const type of types) for (const one of [...this.#listeners]) if (one.type === type) one.listener()
  }
}
