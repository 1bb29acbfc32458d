// The front door as a process of its own, on Kafka.
import { run } from '../process/run.ts'
import { startPartitioner } from './service.ts'
import { readSettings } from './settings.ts'

await run((signal) => startPartitioner(readSettings(process.env), signal))
