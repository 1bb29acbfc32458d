// The answers as a process of its own, on Cassandra.
import { run } from '../process/run.ts'
import { startQuery } from './service.ts'
import { readSettings } from './settings.ts'

await run((signal) => startQuery(readSettings(process.env), signal))
