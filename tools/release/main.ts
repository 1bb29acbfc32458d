// npm run release: exit code 0 if all files are made, 1 if not, 2 if the command was used wrongly.
import { helpIfAsked, misused } from '../../lib/command-line.ts'
import { Fault } from '../../lib/fault.ts'
import { UsageFault } from '../../lib/flags-reader.ts'
import { COMMAND, type Options, parseOptions } from './release-options.ts'
import { run } from './run-release.ts'

helpIfAsked(COMMAND)
try {
  await run(options(), (line) => console.log(line), Date.now())
} catch (error) {
  console.error(error instanceof Fault ? error.message : error)
  process.exitCode = 1
}

function options(): Options {
  try {
    return parseOptions(process.argv.slice(2))
  } catch (error) {
    if (!(error instanceof UsageFault)) throw error
    return misused(error.message, COMMAND)
  }
}
