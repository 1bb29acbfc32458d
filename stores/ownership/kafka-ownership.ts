// Ownership through a consumer group, by client library.
import type { Clock } from '../../lib/clock.ts'
import type { ClientName } from '../log/kafka/kafka-clients.ts'
import type { GroupOptions } from './group-settings.ts'
import { kafkajsOwnership } from './kafkajs-group.ts'
import type { Ownership } from './ownership.ts'
import { platformaticOwnership } from './platformatic-group.ts'

export const OWNERSHIPS: Readonly<
  Record<ClientName, (options: GroupOptions & { clock: Clock }) => Ownership>
> = {
  platformatic: platformaticOwnership,
  kafkajs: kafkajsOwnership,
}
