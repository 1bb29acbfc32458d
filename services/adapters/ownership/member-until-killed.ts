// A process that owns sources until it is killed, for tests. Prints `owns` once it owns some.

import { systemClock } from '../../process/system-clock.ts'
import type { ClientName } from '../log/kafka/kafka-clients.ts'
import { openKafkaLog } from '../log/kafka/kafka-log.ts'
import { PlatformaticClient } from '../log/kafka/platformatic/platformatic-client.ts'
import type { GroupTiming } from './group-settings.ts'
import { OWNERSHIPS } from './kafka-ownership.ts'

export type MemberArguments = {
  readonly name: ClientName
  readonly brokers: readonly string[]
  readonly groupId: string
  readonly prefix: string
  readonly timing: GroupTiming
}

const { name, prefix, ...group } = JSON.parse(process.argv[2]!) as MemberArguments
const clientId = 'tally-test-child'
const client = new PlatformaticClient({ brokers: group.brokers, clientId })
const log = await openKafkaLog({ client, clock: systemClock, prefix })
const options = { ...group, clientId, log, clock: systemClock, onTrouble: console.error }
await OWNERSHIPS[name](options).claim((sources) => {
  if (sources.length > 0) console.log('owns')
})
