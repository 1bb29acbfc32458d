// npm run dead-letters: exit code 0 where all that was asked for was done, 1 where not, 2 where it could not be asked.
import { CommandFault } from './fault.ts'
import { parseOptions, USAGE } from './options.ts'
import { run } from './run.ts'

const args = process.argv.slice(2)
if (args.length === 0 || args.includes('--help') || args.includes('-h')) {
  console.log(USAGE)
} else {
  try {
    const done = await run(parseOptions(args, process.env.ADMIN_KEY), (line) => console.log(line))
    process.exitCode = done ? 0 : 1
  } catch (error) {
    console.error(error instanceof CommandFault ? error.message : error)
    process.exitCode = 2
  }
}
