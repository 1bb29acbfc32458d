// npm run backup: exit code 0 if the backup is whole, 1 if there is none, 2 if the command was used wrongly.
import { helpIfAsked, parsedBy } from '../../lib/command-line.ts'
import { Fault } from '../../lib/fault.ts'
import { COMMAND, parseOptions } from './backup-options.ts'
import { run } from './run-backup.ts'

helpIfAsked(COMMAND, true)
try {
  await run(
    parsedBy((args) => parseOptions(args, process.env.ADMIN_KEY), COMMAND),
    (line) => console.log(line),
    process.stderr,
  )
} catch (error) {
  console.error(error instanceof Fault ? error.message : error)
  process.exitCode = 1
}
