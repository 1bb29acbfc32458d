// npm run export: exit code 0 if the file was written, 2 if not.
import { helpIfAsked } from '../../lib/command-line.ts'
import { Fault } from '../../lib/fault.ts'
import { COMMAND, parseOptions } from './export-options.ts'
import { run } from './run-export.ts'

helpIfAsked(COMMAND, true)
try {
  await run(parseOptions(process.argv.slice(2), process.env.ADMIN_KEY), (line) => console.log(line))
} catch (error) {
  console.error(error instanceof Fault ? error.message : error)
  process.exitCode = 2
}
