// The answers as a process of its own, on Cassandra.
import { commandLine } from '../../lib/command-line.ts'
import { run } from '../../lib/run-process.ts'
import { registerOpenApi } from '../description.ts'
import { startQuery } from './service.ts'
import { readSettings } from './settings.ts'

commandLine({
  usage: 'npm run query      the answers; docs/settings.md names the environment variables that it reads',
})
await run((signal) => startQuery(readSettings(process.env), registerOpenApi, signal))
