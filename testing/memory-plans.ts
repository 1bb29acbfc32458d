// Plans in memory: the reference form, for tests.
import type { Plans } from '../stores/plans/plans.ts'

export class MemoryPlans implements Plans {
  #current: { readonly version: number; readonly plan: unknown } | null = null
  readonly #results = new Map<number, Map<number, unknown>>()

  async propose(version: number, plan: unknown): Promise<boolean> {
    if (this.#current !== null) return false
    this.#results.clear()
    this.#current = { version, plan: structuredClone(plan) }
    return true
  }

  async current(): Promise<{ version: number; plan: unknown } | null> {
    return this.#current
  }

  async note(version: number, share: number, result: unknown): Promise<void> {
    this.#results.getOrInsertComputed(version, () => new Map()).set(share, structuredClone(result))
  }

  async noted(version: number): Promise<ReadonlySet<number>> {
    return new Set(this.#results.get(version)?.keys())
  }

  async results(version: number): Promise<ReadonlyMap<number, unknown>> {
    return new Map(this.#results.get(version))
  }

  async drop(version: number): Promise<void> {
    if (this.#current?.version === version) this.#current = null
    this.#results.delete(version)
  }
}
