// What the front door costs for requests of each size and content type, in CPU time of the server's process: with the
// counting and without it, beside a bare fastify that parses the same bodies and syncs what it took. All servers stay
// up, and take turns in short rounds, so that other load on the machine affects all of them.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import type { BodyForm } from './event-batch.ts'
import type { LoadResult } from './load-process.ts'
import { figure } from './notes.ts'
import { processAnswer } from './process-answer.ts'
import { median } from './race.ts'
import { print, type Row } from './report.ts'
import { ServerProcess } from './server-process.ts'

type Requests = { readonly name: string; readonly events: number; readonly form: BodyForm }

type Server = {
  readonly file: URL
  readonly env: Readonly<Record<string, string>>
  /** Its events that have ended as counted or as copies; null where it takes events and counts none. */
  readonly ended: ((url: string) => Promise<number>) | null
  /** How long work that belongs to the load may follow it. */
  readonly settleMs: number
}

const LOAD = new URL('./load-process.ts', import.meta.url)
const DOOR = new URL('./door-process.ts', import.meta.url)
const STANDALONE = new URL('../services/standalone/main.ts', import.meta.url)
const PLAIN = new URL('./plain-server.ts', import.meta.url)

const CONNECTIONS = 32
/** A round on a busy machine takes longer rather than measure almost nothing. */
const EVENTS_MIN = 20_000
const REQUESTS_MIN = 4_000
const POLL_MS = 100
const COUNTED_WITHIN_MS = 60_000
/** Events are archived once in so long, and then for about as long. */
const ARCHIVE_FLUSH_MS = 2_000

const REQUESTS: readonly Requests[] = [
  { name: '1 event, JSON', events: 1, form: 'json' },
  { name: '100 events, JSON', events: 100, form: 'json' },
  { name: '1,000 events, JSON', events: 1_000, form: 'json' },
  { name: '100 events, NDJSON', events: 100, form: 'ndjson' },
  { name: '100 CloudEvents', events: 100, form: 'cloudevents' },
  { name: '100 events, JSON, gzip', events: 100, form: 'gzip' },
]
export const HUNDRED = REQUESTS[1]!
/** The one for which the share of the archive is shown. */
const ARCHIVED = HUNDRED
const ALONE = REQUESTS[0]!

const SERVERS = {
  door: { file: DOOR, env: { PARTS: 'door' }, ended: null, settleMs: 0 },
  counting: { file: DOOR, env: { PARTS: 'counting' }, ended: endedEvents, settleMs: 1_500 },
  plain: { file: PLAIN, env: { MODE: 'synced' }, ended: plainTotal, settleMs: 0 },
  archiving: {
    file: STANDALONE,
    env: { ARCHIVE_FLUSH_MS: String(ARCHIVE_FLUSH_MS) },
    ended: endedEvents,
    settleMs: 3 * ARCHIVE_FLUSH_MS,
  },
} as const satisfies Readonly<Record<string, Server>>
type Name = keyof typeof SERVERS
export const COUNTING: Server = SERVERS.counting
const NAMES = Object.keys(SERVERS) as readonly Name[]

export type Running = { readonly process: ServerProcess; ended: number }

async function endedEvents(url: string): Promise<number> {
  const metrics = await (await fetch(`${url}/metrics`)).text()
  const values = metrics.matchAll(
    /^tally_source_events(?:_total)?\{[^}]*outcome="(?:counted|duplicate)"[^}]*\} (\d+)/gm,
  )
  return Array.from(values).reduce((sum, [, value]) => sum + Number(value), 0)
}

async function plainTotal(url: string): Promise<number> {
  return Number(await (await fetch(`${url}/total`)).text())
}

/** CPU-seconds per million events, of one round. */
export async function costOf(
  running: Running,
  server: Server,
  { events, form }: Requests,
  { seconds, least }: Omit<Length, 'rounds'>,
): Promise<number> {
  const { process } = running
  const requestsMin = Math.min(REQUESTS_MIN, EVENTS_MIN / events) * least
  const cpuBefore = await process.cpuSeconds()
  const { acknowledged } = await processAnswer<LoadResult>(LOAD, [
    ...[`${process.url}/v1/events`, seconds, CONNECTIONS, 'Infinity', events, form, requestsMin],
  ])
  await sleep(server.settleMs)
  const cpuSeconds = (await process.cpuSeconds()) - cpuBefore
  running.ended += acknowledged
  if (server.ended !== null) await checkEnded(process.url, server.ended, running.ended)
  return (cpuSeconds / acknowledged) * 1e6
}

async function checkEnded(url: string, ended: (url: string) => Promise<number>, expected: number) {
  for (let waitedMs = 0; waitedMs < COUNTED_WITHIN_MS && (await ended(url)) < expected; waitedMs += POLL_MS) {
    await sleep(POLL_MS)
  }
  assert.equal(await ended(url), expected, 'events acknowledged and counted')
}

/** Of a round. `least`: the share of the least events and requests. */
type Length = { readonly rounds: number; readonly seconds: number; readonly least: number }
type Costs = Readonly<Record<Name, number[]>>

async function measureAll(length: Length): Promise<Map<Requests, Costs>> {
  await using stack = new AsyncDisposableStack()
  const running = new Map<Name, Running>()
  for (const name of NAMES) {
    const directory = stack.use(await temporaryDirectory())
    const { file, env } = SERVERS[name]
    const process = await ServerProcess.start(file, { PORT: '0', DATA_DIR: directory.path, ...env })
    stack.defer(() => process.stop())
    running.set(name, { process, ended: 0 })
  }
  const measured = new Map(REQUESTS.map((one) => [one, emptyCosts()]))
  for (let round = 0; round <= length.rounds; round++) {
    for (const [requests, costs] of measured) {
      for (const name of NAMES) {
        if (name === 'archiving' && requests !== ARCHIVED) continue
        const cost = await costOf(running.get(name)!, SERVERS[name], requests, length)
        if (round > 0) costs[name].push(cost) // the first round warms up
      }
    }
  }
  return measured
}

function emptyCosts(): Costs {
  return { door: [], counting: [], plain: [], archiving: [] }
}

function rowOf({ name }: Requests, { door, counting, plain }: Costs): Row {
  const ratios = counting.map((cost, round) => cost / plain[round]!)
  return {
    requests: name,
    'door and log': withRange(door),
    'and counting': withRange(counting),
    'bare fastify, a sync a request': withRange(plain),
    'beside it': withRange(ratios),
  }
}

/** Median, least and greatest. */
function withRange(numbers: readonly number[]): string {
  const [middle, least, most] = [median(numbers), Math.min(...numbers), Math.max(...numbers)].map(rounded)
  return `${middle} (${least}–${most})`
}

function rounded(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 3 })
}

/** Prints server CPU-seconds per million events. */
export async function printDoorCosts({ quick }: { readonly quick: boolean }): Promise<void> {
  const measured = await measureAll(
    quick ? { rounds: 1, seconds: 0.1, least: 0.05 } : { rounds: 5, seconds: 1, least: 1 },
  )
  print(
    `ingest: server CPU-s per million events over ${CONNECTIONS} connections, median and range of rounds in turns`,
    Array.from(measured, ([requests, costs]) => rowOf(requests, costs)),
  )
  const { counting, archiving } = measured.get(ARCHIVED)!
  const shares = archiving.map((cost, round) => cost - counting[round]!)
  const alone = measured.get(ALONE)!
  const unit = 'CPU µs an event'
  figure('door.1', unit, alone.door)
  figure('door.100', unit, measured.get(ARCHIVED)!.door)
  figure(
    'one-process.1',
    unit,
    alone.counting.map((cost, round) => cost + Math.max(0, shares[round]!)),
  )
  figure('one-process.100', unit, archiving)
  print(`ingest: the archive and the answers apart, ${ARCHIVED.name} a request`, [
    { 'npm start': withRange(archiving), 'more than door, log and counting': withRange(shares) },
  ])
}
