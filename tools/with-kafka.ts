// For commands that ask Kafka something and end: how long that may take, and how they fail.
import { wholeNumber } from '../lib/flags.ts'
import { inTime } from '../lib/in-time.ts'
import { SettingsError, SettingsReader } from '../lib/settings-reader.ts'
import type { KafkaClient } from '../stores/log/kafka/kafka-client.ts'
import { CLIENTS } from '../stores/log/kafka/kafka-clients.ts'
import { type KafkaSettings, readKafkaSettings } from '../stores/log/kafka/kafka-settings.ts'
import { LogError } from '../stores/log/log.ts'

export const KAFKA_FLAGS = {
  'timeout-s': wholeNumber('SECONDS', 'how long Kafka may take', 20, { least: 1, most: 3_600 }),
}

/** Ends the process with 1 if the settings are wrong, Kafka does not answer in time, or `use` fails with LogError. */
export async function withKafka(
  command: string,
  timeoutS: number,
  use: (client: KafkaClient, prefix: string) => Promise<void>,
): Promise<void> {
  try {
    const read = new SettingsReader(process.env)
    const kafka = readKafkaSettings(read)
    read.check()
    const late = () =>
      new LogError('unavailable', `Kafka at ${kafka.brokers.join()} did not answer within ${timeoutS} s.`)
    await inTime(withClient(command, kafka, use), timeoutS * 1_000, late)
  } catch (error) {
    if (!(error instanceof SettingsError || error instanceof LogError)) throw error
    console.error(`${command}: ${error.message}`)
    process.exit(1) // its client may still wait for Kafka
  }
}

async function withClient(
  command: string,
  kafka: KafkaSettings,
  use: (client: KafkaClient, prefix: string) => Promise<void>,
): Promise<void> {
  const client = CLIENTS[kafka.client]({ ...kafka, clientId: `tally-${command}` })
  try {
    await use(client, kafka.prefix)
  } finally {
    await client.close()
  }
}
