// npm run dead-letters: exit code 0 if everything was done, 1 if not, 2 if the server could not be asked.
import { helpIfAsked } from '../../lib/command-line.ts'
import { Fault } from '../../lib/fault.ts'
import { COMMAND, parseOptions } from './dead-letters-options.ts'
import { run } from './run-dead-letters.ts'

helpIfAsked(COMMAND, true)
try {
  const done = await run(parseOptions(process.argv.slice(2), process.env.ADMIN_KEY), (line) =>
    console.log(line),
  )
  process.exitCode = done ? 0 : 1
} catch (error) {
  console.error(error instanceof Fault ? error.message : error)
  process.exitCode = 2
}
