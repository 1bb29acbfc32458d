// npm run rebuild: exit code 0 if everything is counted again, 1 if not, 2 if the command was used wrongly.
import { helpIfAsked, parsedBy } from '../../lib/command-line.ts'
import { Fault } from '../../lib/fault.ts'
import { SettingsError } from '../../lib/settings-reader.ts'
import { systemClock } from '../../lib/system-clock.ts'
import { settingsFor } from './count-again.ts'
import { COMMAND, parseOptions } from './rebuild-options.ts'
import { run } from './run-rebuild.ts'

helpIfAsked(COMMAND)
process.umask(0o077)
try {
  const { dataDirectory, isAgreed } = parsedBy(parseOptions, COMMAND)
  const settings = settingsFor(process.env, dataDirectory)
  const isDone = await run(settings, isAgreed, systemClock, (line) => console.log(line), process.stderr)
  process.exitCode = isDone ? 0 : 1
} catch (error) {
  console.error(error instanceof Fault || error instanceof SettingsError ? error.message : error)
  process.exitCode = 1
}
