// The counting as a process of its own, on Kafka and Cassandra.
import { commandLine } from '../../lib/command-line.ts'
import { run } from '../../lib/run-process.ts'
import { startProcessing } from './service.ts'
import { readSettings } from './settings.ts'

commandLine({
  usage:
    'npm run processing      the counting; docs/settings.md names the environment variables that it reads',
})
await run((signal) => startProcessing(readSettings(process.env), signal))
