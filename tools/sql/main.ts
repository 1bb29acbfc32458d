// npm run sql: exit code 0 if there is an answer, 1 if not, 2 if the command was used wrongly.
import { helpIfAsked, parsedBy } from '../../lib/command-line.ts'
import { Fault } from '../../lib/fault.ts'
import { runSql } from './run-sql.ts'
import { COMMAND, parseOptions } from './sql-options.ts'

helpIfAsked(COMMAND, true)
const options = parsedBy((args) => parseOptions(args, process.env.ADMIN_KEY), COMMAND)
try {
  const { answer, text } = await runSql(options)
  console.log(options.json ? JSON.stringify(answer, null, 2) : text)
} catch (error) {
  console.error(error instanceof Fault ? error.message : error)
  process.exitCode = 1
}
