// The front door as a process of its own, on Kafka.
import { commandLine } from '../../lib/command-line.ts'
import { run } from '../../lib/run-process.ts'
import { startPartitioner } from './service.ts'
import { readSettings } from './settings.ts'

commandLine({
  usage:
    'npm run partitioner      takes events; docs/settings.md names the environment variables that it reads',
})
await run((signal) => startPartitioner(readSettings(process.env), signal))
