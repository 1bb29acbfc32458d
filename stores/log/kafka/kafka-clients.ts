// The client libraries by name; either one makes the same log.
import type { KafkaClient, KafkaClientOptions } from './kafka-client.ts'
import { KafkajsClient } from './kafkajs/kafkajs-client.ts'
import { PlatformaticClient } from './platformatic/platformatic-client.ts'

export const CLIENTS = {
  platformatic: (options) => new PlatformaticClient(options),
  kafkajs: (options) => new KafkajsClient(options),
} satisfies Record<string, (options: KafkaClientOptions) => KafkaClient>

export type ClientName = keyof typeof CLIENTS
