// npm start: everything in one process. Prints one line, `ready http://…`, when it can take events. With --demo it
// shows itself on made-up traffic.
import { parseArgs } from 'node:util'
import { startDemo } from '../demo/demo.ts'
import { run } from '../process/run.ts'
import type { Environment } from '../settings/settings-reader.ts'
import { readSettings } from './settings.ts'
import { startStandalone } from './standalone.ts'

const start = (environment: Environment) => startStandalone(readSettings(environment))

await run(() => {
  const { values } = parseArgs({ options: { demo: { type: 'boolean', default: false } } })
  return values.demo ? startDemo(start, process.env) : start(process.env)
})
