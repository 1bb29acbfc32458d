// npm run export: exit code 0 if the file was written, 2 if not.
import { helpIfAsked } from '../../lib/command-line.ts'
import { parseOptions, USAGE } from './export-options.ts'
import { ExportFault } from './fault.ts'
import { run } from './run-export.ts'

helpIfAsked(USAGE, true)
try {
  await run(parseOptions(process.argv.slice(2), process.env.ADMIN_KEY), (line) => console.log(line))
} catch (error) {
  console.error(error instanceof ExportFault ? error.message : error)
  process.exitCode = 2
}
