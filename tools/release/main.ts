// npm run release: exit code 0 if all files are made, 1 if not, 2 if the command was used wrongly.
import { helpIfAsked, parsedBy } from '../../lib/command-line.ts'
import { Fault } from '../../lib/fault.ts'
import { COMMAND, parseOptions } from './release-options.ts'
import { run } from './run-release.ts'

helpIfAsked(COMMAND)
try {
  await run(parsedBy(parseOptions, COMMAND), (line) => console.log(line), Date.now())
} catch (error) {
  console.error(error instanceof Fault ? error.message : error)
  process.exitCode = 1
}
