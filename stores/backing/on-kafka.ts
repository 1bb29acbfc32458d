// What processes share through Kafka: the log, its layouts, and who counts what.
import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Opening } from '../../lib/opening.ts'
import type { Naming } from '../../model/naming.ts'
import type { StoredOfHandedOver } from '../log/handed-over.ts'
import type { KafkaClient, KafkaClientOptions } from '../log/kafka/kafka-client.ts'
import { CLIENTS } from '../log/kafka/kafka-clients.ts'
import { type KafkaLayouts, openKafkaLayouts, type Renewal } from '../log/kafka/kafka-layouts.ts'
import type { KafkaSettings } from '../log/kafka/kafka-settings.ts'
import type { Lane, Log } from '../log/log.ts'
import { type OpenedLog, openLog, openLogNaming, untilAvailable } from '../log/open-log.ts'
import { type SpooledLog, spooledLog } from '../log/spool/spooled-log.ts'
import { OWNERSHIPS } from '../ownership/kafka-ownership.ts'
import type { Ownership } from '../ownership/ownership.ts'
import { WatermarkReader } from '../watermarks/kafka-watermarks.ts'
import { handedOver } from '../watermarks/watermarks.ts'

/** The log without its overload lane. Waits for Kafka. */
export async function openKafka(
  { name, stack, clock, onRetry, signal }: Opening,
  settings: KafkaSettings,
  newClient: (options: KafkaClientOptions) => KafkaClient = CLIENTS[settings.client],
): Promise<OpenedLog> {
  const kafka = await openLog(settings, name, clock, onRetry, signal, newClient)
  stack.defer(() => kafka.close())
  return kafka
}

/** Nobody takes or counts an event before it is known how events are named. */
export function openNaming(
  { clock, onRetry, signal }: Opening,
  kafka: OpenedLog,
  settings: KafkaSettings,
): Promise<Naming> {
  return openLogNaming(kafka, settings, clock, onRetry, signal)
}

export type SpoolSettings = {
  /** Of this process alone: the spool is in it. */
  readonly dataDirectory: string
  readonly spoolBytesMax: number
  readonly appendTimeoutMs: number
}

/** The log with a spool on this machine's own disk for when Kafka is away. */
export async function openSpooledLog(
  { stack, clock, onRetry }: Opening,
  log: Log,
  { dataDirectory, spoolBytesMax, appendTimeoutMs }: SpoolSettings,
): Promise<SpooledLog> {
  const directory = join(dataDirectory, 'spool')
  await mkdir(directory, { recursive: true })
  const spooled = await spooledLog({
    ...{ log, directory, clock, appendTimeoutMs },
    bytesMax: spoolBytesMax,
    random: Math.random,
    onRetry: ({ id }, attempt, error) => onRetry(`hand spooled events on to ${id}`, attempt, error),
  })
  stack.defer(() => spooled.close())
  return spooled
}

/** Waits for them. `renewal`: of a process that routes events. */
export async function openLayouts(
  { stack, clock, logger, onRetry, signal }: Opening,
  { client }: Pick<OpenedLog, 'client'>,
  { prefix }: Pick<KafkaSettings, 'prefix'>,
  renewal: Renewal | null,
): Promise<KafkaLayouts> {
  const open = () =>
    openKafkaLayouts({
      ...{ client, clock, prefix, renewal },
      newProposalId: randomUUID,
      onRefreshFailed: (err) => logger.warn({ err }, 'could not read the layouts'),
    })
  const layouts = await untilAvailable('read the layouts', open, clock, onRetry, signal)
  stack.defer(() => layouts.close())
  return layouts
}

/** What partitioners have handed over, asked of the log. */
export function handedOverOn(
  { clock }: Pick<Opening, 'clock'>,
  { client }: Pick<OpenedLog, 'client'>,
  prefix: string,
): () => Promise<StoredOfHandedOver> {
  const reader = new WatermarkReader(client, prefix)
  return async () => {
    const disks = await reader.read()
    return (storedMs) => handedOver(disks, storedMs, clock.nowMs())
  }
}

/** Shares the sources of a lane with the other processes of the group. */
export function groupOwnership(
  { name, clock, logger }: Opening,
  { log }: Pick<OpenedLog, 'log'>,
  { brokers, client, security }: KafkaSettings,
  { groupId, lane }: { readonly groupId: string; readonly lane: Lane },
): Ownership {
  return OWNERSHIPS[client]({
    ...{ brokers, security, log, lane, clock, groupId },
    clientId: name,
    onTrouble: (err) => logger.warn({ err }, 'is not in the group, will join again'),
  })
}
