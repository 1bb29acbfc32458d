// npm run restore: exit code 0 if the directory is whole, 1 if nothing was restored, 2 if the command was used wrongly.
import { helpIfAsked, parsedBy } from '../../lib/command-line.ts'
import { Fault } from '../../lib/fault.ts'
import { COMMAND, parseOptions } from './restore-options.ts'
import { run } from './run-restore.ts'

helpIfAsked(COMMAND, true)
process.umask(0o077) // LevelDB makes files by it
try {
  await run(parsedBy(parseOptions, COMMAND), (line) => console.log(line), process.stderr)
} catch (error) {
  console.error(error instanceof Fault ? error.message : error)
  process.exitCode = 1
}
