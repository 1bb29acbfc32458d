// The counting as a process of its own, on Kafka and Cassandra.
import { run } from '../process/run.ts'
import { startProcessing } from './service.ts'
import { readSettings } from './settings.ts'

await run((signal) => startProcessing(readSettings(process.env), signal))
