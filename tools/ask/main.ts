// npm run ask: exit code 0 if there is an answer, 1 if not, 2 if the command was used wrongly.
import { helpIfAsked, parsedBy } from '../../lib/command-line.ts'
import { Fault } from '../../lib/fault.ts'
import { COMMAND, parseOptions } from './ask-options.ts'
import { ask } from './run-ask.ts'

helpIfAsked(COMMAND, true)
const options = parsedBy((args) => parseOptions(args, process.env.API_KEY), COMMAND)
try {
  const { answer, text } = await ask(options, Date.now())
  console.log(options.json ? JSON.stringify(answer, null, 2) : text)
} catch (error) {
  console.error(error instanceof Fault ? error.message : error)
  process.exitCode = 1
}
