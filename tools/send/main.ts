// npm run send: exit code 0 if every row was taken, 1 if rows were refused, 2 if it failed.
import { amountText } from '../../lib/amount-text.ts'
import { helpIfAsked } from '../../lib/command-line.ts'
import { Fault } from '../../lib/fault.ts'
import { send } from './run-send.ts'
import { COMMAND, parseOptions } from './send-flags.ts'

helpIfAsked(COMMAND, true)
try {
  const options = parseOptions(process.argv.slice(2), process.env.API_KEY)
  const { accepted, late, refused } = await send(options, process.stderr, (line) => console.error(line))
  const lateWords = late > 0 ? `, ${late} of them late` : ''
  console.log(`${amountText(accepted, 'event')} taken${lateWords}, ${amountText(refused, 'row')} refused`)
  process.exitCode = refused === 0 ? 0 : 1
} catch (error) {
  console.error(error instanceof Fault ? error.message : error)
  process.exitCode = 2
}
