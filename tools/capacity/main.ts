// npm run capacity: exit code 0, or 2 if the command was used wrongly.
import { helpIfAsked, misused } from '../../lib/command-line.ts'
import { UsageFault } from '../../lib/flags-reader.ts'
import { COMMAND, parseOptions } from './capacity-options.ts'
import { planFor } from './plan.ts'
import { linesOf } from './report.ts'

helpIfAsked(COMMAND, true)
try {
  const load = parseOptions(process.argv.slice(2))
  for (const line of linesOf(load, planFor(load))) console.log(line)
} catch (error) {
  if (!(error instanceof UsageFault)) throw error
  misused(error.message, COMMAND)
}
