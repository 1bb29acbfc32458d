// npm run replay: exit code 0 if every answer is right, 1 if not, 2 if there was no answer.

import { fileURLToPath } from 'node:url'
import { helpIfAsked } from '../../lib/command-line.ts'
import { Fault } from '../../lib/fault.ts'
import { TallyError } from '../../sdk/src/node/index.ts'
import { replay } from './replay.ts'
import { COMMAND, parseOptions } from './replay-options.ts'

const SERVER = fileURLToPath(new URL('../../services/standalone/main.ts', import.meta.url))

helpIfAsked(COMMAND, true)
const ending = new AbortController()
// Not once: on Ctrl-C the terminal sends one, and npm another, which would end it before it has stopped its server.
process.on('SIGINT', () => ending.abort(new Fault('interrupted')))
process.on('SIGTERM', () => ending.abort(new Fault('terminated')))
const around = {
  serverCommand: [process.execPath, SERVER] as const,
  print: (line: string) => console.log(line),
  screen: process.stderr,
}
try {
  process.exitCode = (await replay(parseOptions(process.argv.slice(2)), around, ending)) ? 0 : 1
} catch (error) {
  console.error(error instanceof Fault || error instanceof TallyError ? error.message : error)
  process.exitCode = 2
}
