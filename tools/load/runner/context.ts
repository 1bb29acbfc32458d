// The current virtual user. Many users share a thread, one waiting while another runs; so the state that k6's modules
// return for the current user is stored per asynchronous context.
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
  /** Tags of all measurements here, including groups. */
  tags: Tags
  /** Aborted when running iterations are interrupted. */
  readonly signal: AbortSignal
}

/** The worker's sink of measurements, and the way for a script to end the test. */
export type Around = {
  readonly registry: Registry
  readonly abortTest: (reason: string) => void
  readonly failTest: (reason: string) => void
}

/** Thrown in an iteration that was interrupted. */
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
