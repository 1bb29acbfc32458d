// Which virtual user is running. Many share a thread here, one waiting while another goes on; so what k6's
// modules say of "the current" user is kept along each one's chain of calls.
import { AsyncLocalStorage } from 'node:async_hooks'
import type { Registry, Tags } from './measure/registry.ts'
import type { Scenario } from './script-options.ts'

export type Context = {
  readonly scenario: Scenario | null
  readonly scenarioStartedMs: number
  /** From 1; 0 in `setup`, `teardown` and `handleSummary`. */
  readonly vu: number
  /** Of this virtual user in this scenario. */
  readonly iterationOfVu: number
  readonly iteration: number
  /** Tags of whatever is measured here, groups included. */
  tags: Tags
  /** Aborted when what still runs is interrupted. */
  readonly signal: AbortSignal
}

/** What a worker measures, and how a script ends the test. */
export type Around = {
  readonly registry: Registry
  readonly abortTest: (reason: string) => void
  readonly failTest: (reason: string) => void
}

/** Thrown in an iteration that was cut off. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted'
}

const contexts = new AsyncLocalStorage<Context>()
let around: Around | null = null

export function runIn<T>(context: Context, run: () => T): T {
  return contexts.run(context, run)
}

/** Null in the init context, that is while the script's modules are loaded. */
export function currentContext(): Context | null {
  return contexts.getStore() ?? null
}

/** Fails in the init context. */
export function contextFor(what: string): Context {
  const context = currentContext()
  if (context === null) throw new Error(`${what} is not there in the init context, as with k6`)
  return context
}

/** Once for each worker, before the script is loaded. */
export function setAround(given: Around): void {
  around = given
}

export function theAround(): Around {
  if (around === null) throw new Error('the modules of k6 are only there in a script')
  return around
}

/** Measures one value under the tags of the current context. */
export function measure(metric: string, value: number, tags: Tags = {}): void {
  theAround().registry.add(metric, value, () => ({ ...currentContext()?.tags, ...tags }))
}
