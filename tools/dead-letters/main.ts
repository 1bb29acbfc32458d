// npm run dead-letters: exit code 0 if everything was done, 1 if not, 2 if the server could not be asked.
import { helpIfAsked } from '../../lib/command-line.ts'
import { parseOptions, USAGE } from './dead-letters-options.ts'
import { CommandFault } from './fault.ts'
import { run } from './run-dead-letters.ts'

helpIfAsked(USAGE, true)
try {
  const done = await run(parseOptions(process.argv.slice(2), process.env.ADMIN_KEY), (line) =>
    console.log(line),
  )
  process.exitCode = done ? 0 : 1
} catch (error) {
  console.error(error instanceof CommandFault ? error.message : error)
  process.exitCode = 2
}
