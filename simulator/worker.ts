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
  await setImmediate() // a world leaves the event loop no turn: the report goes out now
}
process.disconnect?.()

/** What no checker found keeps the name of its error. */
function describe(violation: unknown): string {
  return violation instanceof Violation ? violation.message : String(violation)
}
