// npm start: everything in one process. Prints one line, `ready http://…`, when it can take events.
import { run } from '../process/run.ts'
import { readSettings } from './settings.ts'
import { startStandalone } from './standalone.ts'

await run(() => startStandalone(readSettings(process.env)))
