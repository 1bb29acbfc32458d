// npm run test:faults: a cluster on real servers under a steady stream, with faults chosen by a seed; then every
// count is compared with the truth. Exit 1 if anything is lost or doubled.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { helpIfAsked } from '../../lib/command-line.ts'
import { helpText, UsageFault } from '../../lib/flags-reader.ts'
import { interruption } from '../../lib/interruption.ts'
import { createClient } from '../../sdk/src/node/index.ts'
import { Random } from '../../simulator/random.ts'
import { Truth } from './acknowledged-counts.ts'
import { fetchAtAny } from './any-door.ts'
import { AsOfPromise } from './as-of-promise.ts'
import { COMMAND, type Options, parseOptions } from './faults-options.ts'
import { Poller, WATCHED } from './poller.ts'
import { Sender } from './sender.ts'
import { type Row, tableOf } from './table.ts'
import { Traffic } from './traffic.ts'
import { tryFaults } from './trial.ts'
import { judge, type Verdict } from './verdict.ts'
import { startWorld, type World } from './world.ts'

const RETRY_FOR_EVER = { attemptsMax: 1e6, deadlineMs: 3_600_000, delayCapMs: 1_000 }
const SEEDS = 1e9
const DIFFERENCES_SHOWN = 50

const interrupted = interruption()
helpIfAsked(COMMAND)
try {
  const options = parseOptions(process.argv.slice(2), Math.floor(Math.random() * SEEDS))
  const { minutes, seed, brokers, cassandraNodes, levels, acks, client, rate } = options
  const kafka = `kafka ${brokers} through ${client}, acks ${acks}`
  const servers = `${kafka}, cassandra ${cassandraNodes} at ${levels.write}/${levels.hydrate}`
  console.log(`seed ${seed}: ${minutes} min, ${servers}, ${rate} events/s`)
  process.exitCode = await main(options)
} catch (error) {
  if (error instanceof UsageFault) console.error(`${error.message}\n\n${helpText(COMMAND)}`)
  else console.error(interrupted.aborted ? interrupted.reason.message : error)
  process.exitCode = 1
}

async function main(options: Options): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'tally-faults-'))
  let sound = false
  try {
    const world = await startWorld(directory, options, interrupted)
    try {
      interrupted.throwIfAborted()
      sound = await run(world, options)
    } finally {
      await world.stop()
    }
  } finally {
    if (sound) await rm(directory, { recursive: true, force: true })
    else console.error(`What the servers and services wrote is in ${directory}.`)
  }
  return sound ? 0 : 1
}

async function run(world: World, options: Options): Promise<boolean> {
  const over = new AbortController()
  try {
    return await trial(world, options, over)
  } finally {
    over.abort()
  }
}

/** @param over when aborted, nothing is sent or queried any more; aborted here if sending fails */
async function trial(world: World, options: Options, over: AbortController): Promise<boolean> {
  const { url, urls } = world.cluster
  const fetch = fetchAtAny(urls)
  const signal = AbortSignal.any([interrupted, over.signal])
  const truth = new Truth()
  const refusedMs: number[] = []
  const onRetry = () => refusedMs.push(performance.now())
  const client = createClient({ url, fetch, retry: RETRY_FOR_EVER, onRetry })
  const promise = new AsOfPromise(WATCHED)
  const traffic = new Traffic(new Random(options.seed))
  const sender = new Sender(client, traffic, truth, promise, signal, refusedMs)
  const poller = new Poller(url, fetch, promise)
  const ending = new AbortController()
  const polled = poller.run(ending.signal)
  const sent = sender.run(options.rate, ending.signal)
  sent.catch((error) => over.abort(error))
  const rows: Row[] = []
  try {
    await tryFaults({ world, sender, poller }, options, rows, signal)
  } finally {
    ending.abort()
    await polled
    console.log(`\n${tableOf(rows)}\n`)
  }
  await sent
  const verdict = await judge(world.cluster, client, truth, sender, signal)
  console.log(`${sender.accepted} events acknowledged, copies included; ${truth.events} ids`)
  const refused = rows.slice(0, -1).reduce((sum, row) => sum + row.refused, 0)
  if (options.isEachTakenAtOnce) console.log(`${refused} requests were not taken at once during the faults`)
  const isExact = tell(verdict)
  for (const line of promise.broken.slice(0, DIFFERENCES_SHOWN)) console.log(line)
  const { checked, broken } = promise
  console.log(`${checked} answers held against their asOf meanwhile: ${broken.length} lacked something`)
  if (options.isLossExpected) return verdict.lost > 0 && verdict.doubled === 0
  if (broken.length > 0) return false
  return isExact && !(options.isEachTakenAtOnce && refused > 0)
}

function tell({ compared, lost, doubled, differences, ledger }: Verdict): boolean {
  const lines = [...ledger, ...differences]
  for (const line of lines.slice(0, DIFFERENCES_SHOWN)) console.log(line)
  if (lines.length > DIFFERENCES_SHOWN) console.log(`… and ${lines.length - DIFFERENCES_SHOWN} more`)
  console.log(`${compared} counts and sums by minute compared: ${lost} lost, ${doubled} doubled`)
  return lines.length === 0
}
