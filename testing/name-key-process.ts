// A process that opens name keys, for tests. Its argument is NameKeyArguments as JSON. Prints `ready` once it has
// reached Kafka, waits for a line, and prints the ids of the keys as JSON, in the order of the prefixes.
import { once } from 'node:events'
import { systemClock } from '../lib/system-clock.ts'
import { type KafkaTarget, openLog, openLogNameKey } from '../stores/log/open-log.ts'

export type NameKeyArguments = {
  readonly target: Omit<KafkaTarget, 'prefix'>
  readonly prefixes: readonly string[]
}

const { target, prefixes } = JSON.parse(process.argv[2]!) as NameKeyArguments
const never = new AbortController().signal
const tell = (what: string, _: number, error: unknown) => console.error(what, error)
const targets = prefixes.map((prefix) => ({ ...target, prefix }))
const logs = await Promise.all(
  targets.map((one) => openLog(one, 'tally-test-child', systemClock, tell, never)),
)
console.log('ready')
await once(process.stdin, 'data')
process.stdin.destroy()
const keys = await Promise.all(
  logs.map((log, i) => openLogNameKey(log, targets[i]!, systemClock, tell, never)),
)
console.log(JSON.stringify(keys.map(({ id }) => id)))
await Promise.all(logs.map((log) => log.close()))
