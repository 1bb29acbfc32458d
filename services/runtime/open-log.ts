// Reaches Kafka, however long that takes, and opens the log on it.

import type { KafkaClient } from '../adapters/log/kafka/kafka-client.ts'
import { CLIENTS, type ClientName } from '../adapters/log/kafka/kafka-clients.ts'
import { type KafkaLog, openKafkaLog } from '../adapters/log/kafka/kafka-log.ts'
import type { Clock } from '../ports/clock.ts'
import { LogError } from '../ports/log.ts'
import type { OnRetry } from './logging.ts'
import { type RetryPolicy, retryDelayMs } from './retry.ts'

export type KafkaTarget = {
  readonly brokers: readonly string[]
  readonly client: ClientName
  readonly prefix: string
}

export type OpenedLog = { readonly log: KafkaLog; readonly client: KafkaClient; close(): Promise<void> }

const BACKOFF: RetryPolicy = { baseMs: 200, capMs: 5_000 }

/** Waits for brokers that are not there yet. Fails with LogError where waiting is of no use, or when aborted. */
export async function openLog(
  { brokers, client: name, prefix }: KafkaTarget,
  clientId: string,
  clock: Clock,
  onRetry: OnRetry,
  signal: AbortSignal,
): Promise<OpenedLog> {
  const client = CLIENTS[name]({ brokers, clientId })
  for (let attempt = 0; ; attempt++) {
    try {
      const log = await openKafkaLog({ client, clock, prefix })
      const close = async () => {
        log.close()
        await client.close()
      }
      return { log, client, close }
    } catch (error) {
      const waits = error instanceof LogError && error.code === 'unavailable' && !signal.aborted
      if (!waits) {
        await client.close()
        throw error
      }
      onRetry(`reach Kafka at ${brokers.join(', ')}`, attempt, error)
      await clock.sleep(retryDelayMs(BACKOFF, attempt, Math.random()), signal)
    }
  }
}
