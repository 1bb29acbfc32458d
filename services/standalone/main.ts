// npm start: everything in one process. Prints `ready http://…` when it can take events, and what to do next. With
// --demo it shows itself on made-up traffic.
import { enableCompileCache, flushCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'
import { commandLine } from '../../lib/command-line.ts'
import { isOn, wholeNumber } from '../../lib/flags.ts'
import { type Running, run } from '../../lib/run-process.ts'
import type { Environment } from '../../lib/settings-reader.ts'
import { startDemo } from './demo/demo.ts'
import { WORKERS_MOST } from './workers.ts'

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
  usage: 'npm start [-- --demo] [-- --workers N]',
  flags: {
    demo: isOn('on made-up traffic and a temporary directory, to look at'),
    workers: wholeNumber('N', 'use more cores: so many threads read events; default: WORKERS, or 1', null, {
      least: 1,
      most: WORKERS_MOST,
    }),
  },
  notes: 'docs/settings.md names the environment variables that it reads: PORT, DATA_DIR and others.',
})
const { demo, workers } = values
const environment = workers === null ? process.env : { ...process.env, WORKERS: String(workers) }
await run(() => (demo ? startDemo(start, environment) : start(environment)))
