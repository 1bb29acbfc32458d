// npm run export: exit code 0 where the file is there, 2 where it could not be made.
import { helpIfAsked } from '../../services/runtime/command-line.ts'
import { ExportFault } from './fault.ts'
import { parseOptions, USAGE } from './options.ts'
import { run } from './run.ts'

helpIfAsked(USAGE, true)
try {
  await run(parseOptions(process.argv.slice(2), process.env.ADMIN_KEY), (line) => console.log(line))
} catch (error) {
  console.error(error instanceof ExportFault ? error.message : error)
  process.exitCode = 2
}
