// npm run keys: exit code 0 if it was done, 1 if it could not be, 2 if the command was used wrongly.
import { helpIfAsked, parsedBy } from '../../lib/command-line.ts'
import { Fault } from '../../lib/fault.ts'
import { readKeysFilePath } from '../../lib/http/server-settings.ts'
import { SettingsReader } from '../../lib/settings-reader.ts'
import { systemClock } from '../../lib/system-clock.ts'
import { COMMAND, parseOptions } from './keys-options.ts'
import { run } from './run-keys.ts'

helpIfAsked(COMMAND, true)
try {
  const path = readKeysFilePath(new SettingsReader(process.env))
  await run(
    path,
    parsedBy((args) => parseOptions(args, Date.now()), COMMAND),
    systemClock,
    {
      print: (line) => console.log(line),
      say: (line) => console.error(line),
    },
  )
} catch (error) {
  const isPlain = error instanceof Fault || (error instanceof Error && 'code' in error)
  console.error(isPlain ? error.message : error)
  process.exitCode = 1
}
