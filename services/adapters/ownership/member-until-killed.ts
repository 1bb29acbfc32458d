// A process that owns sources until it is killed, for tests. Prints `owns` once it owns some.
import { openLog } from '../../runtime/open-log.ts'
import { systemClock } from '../../runtime/system-clock.ts'
import type { ClientName } from '../log/kafka/kafka-clients.ts'
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
const target = { brokers: group.brokers, client: name, prefix }
const { log } = await openLog(target, clientId, systemClock, console.error, new AbortController().signal)
const options = { ...group, clientId, log, clock: systemClock, onTrouble: console.error }
await OWNERSHIPS[name](options).claim((sources) => {
  if (sources.length > 0) console.log('owns')
})
