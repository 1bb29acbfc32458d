// npm run bench -- ingest --workers 1,2: the whole path over HTTP with so many workers, in turns, beside the first of
// them. Where there are cores enough the sender has one of its own. CPU time by thread says what would be the limit
// where there are more: each thread has a core at the most.
import { setTimeout as sleep } from 'node:timers/promises'
import { WORKERS_MOST } from '../services/standalone/workers.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { checkAnswers } from './acknowledged-counts.ts'
import { coresApart } from './cores.ts'
import type { LoadResult } from './load-process.ts'
import { figure } from './notes.ts'
import { processAnswer } from './process-answer.ts'
import { median } from './race.ts'
import { print } from './report.ts'
import { scaleOf } from './scale.ts'
import { ServerProcess } from './server-process.ts'

type Measured = {
  readonly load: LoadResult
  /** CPU µs an event, by thread. */
  readonly costs: ReadonlyMap<string, number>
}

const LOAD = new URL('./load-process.ts', import.meta.url)
const STANDALONE = new URL('../services/standalone/main.ts', import.meta.url)
const CONNECTIONS = 32
/** On a busy machine it takes longer, but not less is measured, and nothing before it is warm. */
const REQUESTS_MIN = 6_000
/** By then acknowledged events are counted, which belongs to the cost. */
const COUNTED_WITHIN_MS = 2_000
const FLAG = '--workers='

const { quick } = scaleOf(process.argv)
const rounds = quick ? 1 : 3
const seconds = quick ? 1 : 5
const requestsMin = quick ? 0 : REQUESTS_MIN
const cores = coresApart()

function numbersOfWorkers(): number[] {
  const given = process.argv.find((arg) => arg.startsWith(FLAG))?.slice(FLAG.length) ?? ''
  const numbers = given.split(',').map(Number)
  if (numbers.every((number) => Number.isInteger(number) && number >= 1 && number <= WORKERS_MOST))
    return numbers
  console.error(`--workers must be whole numbers from 1 to ${WORKERS_MOST}, like 1,2`)
  process.exit(2)
}

async function measure(workers: number): Promise<Measured> {
  await using directory = await temporaryDirectory()
  const env = { PORT: '0', DATA_DIR: directory.path, WORKERS: String(workers) }
  const server = await ServerProcess.start(STANDALONE, env, cores.server)
  try {
    const url = `${server.url}/v1/events`
    const send = (share: number) =>
      processAnswer<LoadResult>(
        LOAD,
        [url, share * seconds, CONNECTIONS, 'Infinity', 100, 'json', share * requestsMin],
        cores.sender,
      )
    const warmUp = await send(0.5)
    await sleep(COUNTED_WITHIN_MS)
    const before = await server.cpuSecondsByThread()
    const load = await send(1)
    await sleep(COUNTED_WITHIN_MS)
    const after = await server.cpuSecondsByThread()
    await checkAnswers(server.url, [warmUp, load])
    const costs = Array.from(after, ([name, cpuSeconds]) => {
      const spent = cpuSeconds - (before.get(name) ?? 0)
      return [name, (spent / load.acknowledged) * 1e6] as const
    })
    return { load, costs: new Map(costs) }
  } finally {
    await server.stop()
  }
}

const numbers = numbersOfWorkers()
const measured = new Map(numbers.map((workers) => [workers, [] as Measured[]]))
for (let round = 0; round < rounds; round++) {
  for (const workers of round % 2 === 0 ? numbers : numbers.toReversed())
    measured.get(workers)!.push(await measure(workers))
}

const rateOf = (all: readonly Measured[]) => median(all.map(({ load }) => load.acknowledged / load.seconds))
const costOf = (all: readonly Measured[], ...names: readonly string[]) =>
  median(all.map(({ costs }) => names.reduce((sum, name) => sum + (costs.get(name) ?? 0), 0)))
const sumOf = (all: readonly Measured[]) =>
  median(all.map(({ costs }) => Array.from(costs.values()).reduce((a, b) => a + b, 0)))
/** Events a second with a core for each of these threads. */
function limitOf(workers: number, all: readonly Measured[]): number {
  return 1e6 / Math.max(costOf(all, 'main'), costOf(all, 'door') / workers)
}

const first = measured.get(numbers[0]!)!
const place =
  cores.sender === null
    ? 'sender and server share all cores, of which there are fewer than three: read the CPU times'
    : `server on cores ${cores.server}, sender on ${cores.sender}`
print(
  `ingest: batches of 100 over ${CONNECTIONS} connections; ${place}`,
  Array.from(measured, ([workers, all]) => ({
    workers,
    'events/s acknowledged': Math.round(rateOf(all)),
    'beside the first': `${(rateOf(all) / rateOf(first)).toFixed(2)}×`,
    'p50, ms': median(all.map(({ load }) => load.p50Ms)),
    'p99, ms': median(all.map(({ load }) => load.p99Ms)),
    'main thread, CPU µs an event': costOf(all, 'main'),
    'threads of the door': costOf(all, 'door'),
    'of the archive': costOf(all, 'archive'),
    'all threads': sumOf(all),
    'the door’s limit, events/s': Math.round(limitOf(workers, all)),
    'limit beside the first': `${(limitOf(workers, all) / limitOf(numbers[0]!, first)).toFixed(2)}×`,
  })),
)
for (const [workers, all] of measured) {
  figure(
    'workers.rate',
    'events/s',
    all.map(({ load }) => load.acknowledged / load.seconds),
    workers,
  )
}
