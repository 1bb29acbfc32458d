// No counter at all: how fast kafkajs hands over messages that nobody looks at.
import { consumeAll } from './consume.ts'
import { readRunSettings } from './run.ts'

await consumeAll(readRunSettings(process.env), 1, async () => {})
