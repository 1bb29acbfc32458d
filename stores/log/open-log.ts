// Connects to Kafka, however long that takes, and opens the log on it.
import { randomBytes, randomUUID } from 'node:crypto'
import type { Clock } from '../../lib/clock.ts'
import type { OnRetry } from '../../lib/logging.ts'
import { type RetryPolicy, retryDelayMs } from '../../lib/retry.ts'
import type { Naming } from '../../model/naming.ts'
import { SIP_HASH_KEY_BYTES } from '../../model/sip-hash.ts'
import type { Acks, KafkaClient, KafkaClientOptions } from './kafka/kafka-client.ts'
import { CLIENTS, type ClientName } from './kafka/kafka-clients.ts'
import { type KafkaLog, openKafkaLog } from './kafka/kafka-log.ts'
import { type KafkaSecurity, NO_SECURITY } from './kafka/kafka-security.ts'
import { openNaming } from './kafka/naming.ts'
import { refuseWrongTls } from './kafka/refuse-wrong-tls.ts'
import { LogError } from './log.ts'

export type KafkaTarget = {
  readonly brokers: readonly string[]
  readonly client: ClientName
  readonly prefix: string
  readonly acks?: Acks
  readonly rack?: string
  readonly security?: KafkaSecurity
}

export type OpenedLog = { readonly log: KafkaLog; readonly client: KafkaClient; close(): Promise<void> }

const BACKOFF: RetryPolicy = { baseMs: 200, capMs: 5_000 }

/** Waits for brokers that are not up yet. Fails with LogError if waiting is useless, or when aborted. */
export async function openLog(
  { brokers, client: name, prefix, acks = 'all', rack = '', security = NO_SECURITY }: KafkaTarget,
  clientId: string,
  clock: Clock,
  onRetry: OnRetry,
  signal: AbortSignal,
  newClient: (options: KafkaClientOptions) => KafkaClient = CLIENTS[name],
): Promise<OpenedLog> {
  if (security.tls !== null) await refuseWrongTls(brokers, security.tls)
  const client = newClient({ brokers, clientId, rack, security })
  const reach = () => openKafkaLog({ client, clock, prefix, acks })
  try {
    const log = await untilAvailable(`reach Kafka at ${brokers.join(', ')}`, reach, clock, onRetry, signal)
    const close = async () => {
      log.close()
      await client.close()
    }
    return { log, client, close }
  } catch (error) {
    await client.close()
    throw error
  }
}

/**
 * How events are named, for those who take them in and those who count; the first of them decides it. Nobody takes or
 * counts an event before it is known. Fails with LogError where waiting is of no use, or when aborted.
 */
export function openLogNaming(
  { client }: OpenedLog,
  { prefix }: KafkaTarget,
  clock: Clock,
  onRetry: OnRetry,
  signal: AbortSignal,
): Promise<Naming> {
  const newKey = () => randomBytes(SIP_HASH_KEY_BYTES)
  const open = () => openNaming({ client, prefix, newKey, newProposalId: randomUUID, clock })
  const what = 'read how events are named, without which none is taken or counted'
  return untilAvailable(what, open, clock, onRetry, signal)
}

/** Calls again while the log is away. Fails as the call does where waiting is of no use, or when aborted. */
export async function untilAvailable<T>(
  what: string,
  call: () => Promise<T>,
  clock: Clock,
  onRetry: OnRetry,
  signal: AbortSignal,
): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await call()
    } catch (error) {
      if (!isWorthWaiting(error) || signal.aborted) throw error
      onRetry(what, attempt, error)
      await clock.sleep(retryDelayMs(BACKOFF, attempt, Math.random()), signal)
    }
  }
}

function isWorthWaiting(error: unknown): boolean {
  return error instanceof LogError && error.code === 'unavailable' && !error.isRefusal
}
