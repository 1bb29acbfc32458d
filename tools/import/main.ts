// npm run import: exit code 0 if everything was imported, 1 if rows were refused, 2 if it failed.
import { helpIfAsked } from '../../lib/command-line.ts'
import { ReplayFault } from '../replay/fault.ts'
import { ImportFault } from './fault.ts'
import { parseOptions } from './import-options.ts'
import { run } from './run-import.ts'
import { USAGE } from './usage.ts'

helpIfAsked(USAGE, true)
try {
  const whole = await run(
    parseOptions(process.argv.slice(2), process.env.ADMIN_KEY),
    (line) => console.log(line),
    process.stderr,
  )
  process.exitCode = whole ? 0 : 1
} catch (error) {
  const isExpected = error instanceof ImportFault || error instanceof ReplayFault
  console.error(isExpected ? error.message : error)
  process.exitCode = 2
}
