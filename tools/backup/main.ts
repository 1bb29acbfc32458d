// npm run backup: exit code 0 if the backup is whole, 1 if there is none, 2 if the command was used wrongly.
import { helpIfAsked, misused } from '../../lib/command-line.ts'
import { Fault } from '../../lib/fault.ts'
import { UsageFault } from '../../lib/flags-reader.ts'
import { COMMAND, type Options, parseOptions } from './backup-options.ts'
import { run } from './run-backup.ts'

helpIfAsked(COMMAND, true)
try {
  await run(options(), (line) => console.log(line), process.stderr)
} catch (error) {
  console.error(error instanceof Fault ? error.message : error)
  process.exitCode = 1
}

function options(): Options {
  try {
    return parseOptions(process.argv.slice(2), process.env.ADMIN_KEY)
  } catch (error) {
    if (!(error instanceof UsageFault)) throw error
    return misused(error.message, COMMAND)
  }
}
