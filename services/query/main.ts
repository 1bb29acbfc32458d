// The answers as a process of its own, on Cassandra.
import { commandLine } from '../runtime/command-line.ts'
import { run } from '../runtime/run.ts'
import { startQuery } from './service.ts'
import { readSettings } from './settings.ts'

commandLine('npm run query      the answers; README.md names the environment variables that it reads', {})
await run((signal) => startQuery(readSettings(process.env), signal))
