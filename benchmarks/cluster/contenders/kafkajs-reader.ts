// Not a counter: how fast kafkajs delivers messages that are ignored.
import { consumeAll } from './consume.ts'
import { readRunSettings } from './run.ts'

await consumeAll(readRunSettings(process.env), 1, async () => {})
