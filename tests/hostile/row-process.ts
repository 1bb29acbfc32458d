// One contender in one row, in a process of its own, which prints what became of the events:
// node row-process.ts CONTENDER ROW
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { OURS, PEERS } from './contenders.ts'
import { hostileServer, markOf } from './hostile-server.ts'
import { ROWS } from './rows.ts'

export type Fates = {
  readonly sent: number
  readonly stored: number
  /** Not stored, and the caller knows: an error, a callback, a rejected promise. */
  readonly told: number
  /** Neither stored nor told. */
  readonly lost: number
  /** The call, flush or shutdown of the client had not ended when time was over. */
  readonly isOpen: boolean
}

const EVENTS = 100
/** Longer than any of the clients keeps trying. */
const TIME_MAX_MS = 150_000
/** For the callbacks of a client whose call has ended. */
const REST_MS = 500

const [contender = '', rowName = ''] = process.argv.slice(2)
const send = { ...OURS, ...PEERS }[contender]
const row = ROWS.find(({ name }) => name === rowName)
assert.ok(send !== undefined && row !== undefined, `no ${contender}, or no row ${rowName}`)

const marks = Array.from({ length: EVENTS }, (_, at) => markOf(at))
const told = new Set<string>()
const tell = (some: readonly string[]) => {
  for (const mark of some) told.add(mark)
}
// A client that fails loudly tells, too, though it does not say of which events.
process.on('unhandledRejection', () => tell(marks))
process.on('uncaughtException', () => tell(marks))

const server = await hostileServer(row)
const sending = send(server.url, marks, tell).catch(() => tell(marks))
const isOpen = await Promise.race([sending.then(() => false), sleep(TIME_MAX_MS, true)])
await sleep(REST_MS)
const missing = marks.filter((mark) => !server.stored.has(mark))
const lost = missing.filter((mark) => !told.has(mark)).length
const fates: Fates = {
  sent: EVENTS,
  stored: EVENTS - missing.length,
  told: missing.length - lost,
  lost,
  isOpen,
}
console.log(JSON.stringify(fates))
process.exit(0)
