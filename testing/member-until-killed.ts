// A process that owns sources until it is killed, for tests. Prints `owns` once it owns some.

import { systemClock } from '../lib/system-clock.ts'
import type { ClientName } from '../stores/log/kafka/kafka-clients.ts'
import { openLog } from '../stores/log/open-log.ts'
import type { GroupTiming } from '../stores/ownership/group-settings.ts'
import { OWNERSHIPS } from '../stores/ownership/kafka-ownership.ts'

export type MemberArguments = {
  readonly name: ClientName
  readonly brokers: readonly string[]
  readonly groupId: string
  readonly prefix: string
  readonly timing: GroupTiming
}

const { name, prefix, ...group } = JSON.parse(process.argv[2]!) as MemberArguments
const clientId = 'tally-test-child'
const target = { brokers: group.brokers, client: name, prefix }
const { log } = await openLog(target, clientId, systemClock, console.error, new AbortController().signal)
const options = { ...group, clientId, log, clock: systemClock, onTrouble: console.error }
await OWNERSHIPS[name](options).claim((sources) => {
  if (sources.length > 0) console.log('owns')
})
