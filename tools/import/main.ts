// npm run import: exit code 0 if everything was imported, 1 if rows were refused, 2 if it failed.
import { helpIfAsked } from '../../lib/command-line.ts'
import { Fault } from '../../lib/fault.ts'
import { COMMAND } from './import-flags.ts'
import { parseOptions } from './import-options.ts'
import { run } from './run-import.ts'

helpIfAsked(COMMAND, true)
try {
  const whole = await run(
    parseOptions(process.argv.slice(2), process.env.ADMIN_KEY),
    (line) => console.log(line),
    process.stderr,
  )
  process.exitCode = whole ? 0 : 1
} catch (error) {
  console.error(error instanceof Fault ? error.message : error)
  process.exitCode = 2
}
