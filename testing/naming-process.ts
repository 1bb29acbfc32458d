// A process that opens namings, for tests. Its argument is NamingArguments as JSON. Prints `ready` once it has
// reached Kafka, waits for a line, and prints the ids of the keys as JSON, in the order of the prefixes.
import { once } from 'node:events'
import { systemClock } from '../lib/system-clock.ts'
import { type KafkaTarget, openLog, openLogNaming } from '../stores/log/open-log.ts'

export type NamingArguments = {
  readonly target: Omit<KafkaTarget, 'prefix'>
  readonly prefixes: readonly string[]
}

const { target, prefixes } = JSON.parse(process.argv[2]!) as NamingArguments
const never = new AbortController().signal
const tell = (what: string, _: number, error: unknown) => console.error(what, error)
const targets = prefixes.map((prefix) => ({ ...target, prefix }))
const logs = await Promise.all(
  targets.map((one) => openLog(one, 'tally-test-child', systemClock, tell, never)),
)
console.log('ready')
await once(process.stdin, 'data')
process.stdin.destroy()
const namings = await Promise.all(
  logs.map((log, i) => openLogNaming(log, targets[i]!, systemClock, tell, never)),
)
console.log(JSON.stringify(namings.map(({ key }) => key.id)))
await Promise.all(logs.map((log) => log.close()))
