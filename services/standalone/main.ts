// npm start: everything in one process. Prints `ready http://…` when it can take events, and what to do next. With
// --demo it shows itself on made-up traffic.
import { enableCompileCache, flushCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'
import { commandLine } from '../../lib/command-line.ts'
import { isOn } from '../../lib/flags.ts'
import { type Running, run } from '../../lib/run-process.ts'
import type { Environment } from '../../lib/settings-reader.ts'
import { startDemo } from './demo/demo.ts'

/** What was compiled once need not be at each start, of which that is a third. */
const COMPILED = fileURLToPath(new URL('../../node_modules/.cache/tally', import.meta.url))

async function start(environment: Environment): Promise<Running> {
  enableCompileCache(COMPILED)
  const { readSettings } = await import('./settings.ts')
  const { startStandalone } = await import('./standalone.ts')
  const running = await startStandalone(readSettings(environment))
  setImmediate(() => flushCompileCache()) // once it is ready; a process that is killed would keep nothing
  return running
}

const { values } = commandLine({
  usage: 'npm start [-- --demo]',
  flags: { demo: isOn('on made-up traffic and a temporary directory, to look at') },
  notes: 'docs/settings.md names the environment variables that it reads: PORT, DATA_DIR and others.',
})
await run(() => (values.demo ? startDemo(start, process.env) : start(process.env)))
