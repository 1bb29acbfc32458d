// npm run export: exit code 0 where the file is there, 2 where it could not be made.
import { ExportFault } from './fault.ts'
import { parseOptions, USAGE } from './options.ts'
import { run } from './run.ts'

const args = process.argv.slice(2)
if (args.length === 0 || args.includes('--help') || args.includes('-h')) {
  console.log(USAGE)
} else {
  try {
    await run(parseOptions(args, process.env.ADMIN_KEY), (line) => console.log(line))
  } catch (error) {
    console.error(error instanceof ExportFault ? error.message : error)
    process.exitCode = 2
  }
}
