// npm run layouts: exit code 0 if it was done, 1 if it could not be, 2 if the command was used wrongly.
import { helpIfAsked, misused } from '../../lib/command-line.ts'
import { Fault } from '../../lib/fault.ts'
import { UsageFault } from '../../lib/flags-reader.ts'
import { COMMAND, parseOptions } from './layouts-options.ts'
import { run } from './run-layouts.ts'

helpIfAsked(COMMAND, true)
try {
  const options = parseOptions(process.argv.slice(2), process.env.ADMIN_KEY)
  await run(options, { print: (line) => console.log(line), say: (line) => console.error(line) })
} catch (error) {
  if (error instanceof UsageFault) misused(error.message, COMMAND)
  console.error(error instanceof Fault ? error.message : error)
  process.exitCode = 1
}
