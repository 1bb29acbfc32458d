// npm start: everything in one process. Prints one line, `ready http://…`, when it can take events. With --demo it
// shows itself on made-up traffic.
import { startDemo } from '../demo/demo.ts'
import { commandLine } from '../runtime/command-line.ts'
import { run } from '../runtime/run.ts'
import type { Environment } from '../settings/settings-reader.ts'
import { readSettings } from './settings.ts'
import { startStandalone } from './standalone.ts'

const USAGE = `npm start [-- --demo]

  --demo   on made-up traffic and a temporary directory, to look at

README.md names the environment variables that it reads: PORT, DATA_DIR and others.`

const start = (environment: Environment) => startStandalone(readSettings(environment))

const { values } = commandLine(USAGE, { options: { demo: { type: 'boolean', default: false } } })
await run(() => (values.demo ? startDemo(start, process.env) : start(process.env)))
