// Runs seeds in a process of its own and reports each to its parent: every `step`-th of [from, to).
import { setImmediate } from 'node:timers/promises'
import { loadSchemas } from '../schemas/schema-set.ts'
import { runWorld } from './run-world.ts'
import { Violation } from './witness.ts'

const [from, to, step, untilViolation] = process.argv.slice(2).map(Number) as [number, number, number, number]
const schemas = loadSchemas()
for (let seed = from; seed < to; seed += step) {
  const report = await runWorld(seed, schemas)
  const violation = report.violation === null ? null : describe(report.violation)
  process.send?.({ ...report, violation })
  if (violation !== null && untilViolation === 1) break
  await setImmediate() // a world gives the event loop no turn, so the report is sent now
}
process.disconnect?.()

/** An error that no checker raised keeps its name. */
function describe(violation: unknown): string {
  return violation instanceof Violation ? violation.message : String(violation)
}
