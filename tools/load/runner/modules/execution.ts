// The module `k6/execution`.
import { contextFor, theAround } from '../context.ts'
import { complete } from '../missing.ts'
import type { Scenario } from '../script-options.ts'

/** Ends the test from within an iteration, which stops there. */
export class TestAborted extends Error {
  override readonly name = 'TestAborted'
}

export const scenario = complete('k6/execution.scenario', {
  get name(): string {
    return inScenario().name
  },
  get executor(): string {
    return inScenario().executorName
  },
  get startTime(): number {
    return contextFor('exec.scenario').scenarioStartedMs
  },
  get iterationInTest(): number {
    return contextFor('exec.scenario').iteration
  },
})

export const vu = complete('k6/execution.vu', {
  get idInTest(): number {
    return contextFor('exec.vu').vu
  },
  get iterationInScenario(): number {
    return contextFor('exec.vu').iterationOfVu
  },
})

export const test = complete('k6/execution.test', {
  abort(reason = 'the script aborted the test'): never {
    theAround().abortTest(reason)
    throw new TestAborted(reason)
  },
  fail(reason = 'the script failed the test'): void {
    theAround().failTest(reason)
  },
})

export default complete('k6/execution', { scenario, vu, test })

function inScenario(): Scenario {
  const { scenario: running } = contextFor('exec.scenario')
  if (running === null) throw new Error('exec.scenario is only there in iterations, as with k6')
  return running
}
