// npm run test:grow: the log of a cluster on real servers grows from 16 to 24 partitions under load, and a process of
// each service is killed meanwhile. Exit 1 if anything is lost, doubled or late, or if the new partitions get nothing.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Cluster } from '../../infra/cluster/cluster.ts'
import { runScript } from '../../infra/cluster/run-script.ts'
import { readInfraSettings } from '../../infra/settings.ts'
import { commandLine } from '../../lib/command-line.ts'
import { number, wholeNumber } from '../../lib/flags.ts'
import { SECOND_MS } from '../../model/bucket.ts'
import { createClient } from '../../sdk/src/index.ts'
import { Random } from '../../simulator/random.ts'
import { endsOf, type Place } from '../../testing/kafka-records.ts'
import { Truth } from '../faults/acknowledged-counts.ts'
import { Sender } from '../faults/sender.ts'
import { spooledByAll } from '../faults/spooled.ts'
import { Traffic } from '../faults/traffic.ts'
import { judge } from '../faults/verdict.ts'

const BEFORE = 16
const AFTER = 24
const PORT_OFFSET = 5_000
const START_TIMEOUT_MS = 600_000
const RETRY_FOR_EVER = { attemptsMax: 1e6, deadlineMs: 3_600_000, delayCapMs: 1_000 }
const DIFFERENCES_SHOWN = 50
const HOLD_MS = 10 * SECOND_MS
/** A layout is in force within two minutes. */
const USED_MS_MAX = 300 * SECOND_MS
const LOOK_MS = SECOND_MS
const EVENTS_TOPICS = 'tally.events.'
const KILLED = ['processing-1', 'partitioner-1', 'reconciler-1', 'query-1']
const NOT_HELD = { acknowledged() {} }

const { values } = commandLine({
  usage: 'npm run test:grow [-- flags]',
  flags: {
    rate: number('N', 'events per second, copies included', 500, { least: 20, most: 20_000 }),
    seed: wholeNumber('N', 'decides the events', 1, { least: 0 }),
  },
})
const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => interrupted.abort(new Error(`stopped by ${signal}`)))
}

const directory = await mkdtemp(join(tmpdir(), 'tally-grow-'))
const isSound = await main().catch((error: unknown) => {
  console.error(error)
  return false
})
if (isSound) await rm(directory, { recursive: true, force: true })
else console.error(`What the servers and services wrote is in ${directory}.`)
process.exit(isSound ? 0 : 1)

async function main(): Promise<boolean> {
  console.log(`${values.rate} events/s, seed ${values.seed}`)
  const cluster = await Cluster.start({
    dataDirectory: join(directory, 'cluster'),
    port: readInfraSettings(process.env).ports.nginx,
    portOffset: PORT_OFFSET,
    ...{ brokers: 1, cassandraNodes: 1, partitions: BEFORE },
    servers: { startTimeoutMs: START_TIMEOUT_MS },
    environment: { PROBE_INTERVAL_S: '0' }, // the ledgers must hold only what was sent here
  })
  try {
    return await underLoad(cluster)
  } finally {
    await cluster.stop()
  }
}

async function underLoad(cluster: Cluster): Promise<boolean> {
  const truth = new Truth()
  const over = new AbortController()
  const signal = AbortSignal.any([interrupted.signal, over.signal])
  const client = createClient({ url: cluster.url, retry: RETRY_FOR_EVER })
  const sender = new Sender(client, new Traffic(new Random(values.seed)), truth, NOT_HELD, signal, [])
  const ending = new AbortController()
  const sent = sender.run(values.rate, ending.signal)
  sent.catch((error) => over.abort(error))
  try {
    await grow(cluster, signal)
    ending.abort()
    await sent
    while ((await spooledByAll(cluster)) > 0) await sleep(LOOK_MS, undefined, { signal })
    const verdict = await judge(cluster, client, truth, sender, signal)
    const { lost, doubled, compared, differences, ledger } = verdict
    for (const line of [...ledger, ...differences].slice(0, DIFFERENCES_SHOWN)) console.log(line)
    console.log(`${sender.accepted} events acknowledged, copies included; ${truth.events} ids`)
    console.log(`${compared} counts and sums by minute compared: ${lost} lost, ${doubled} doubled`)
    return ledger.length + differences.length === 0
  } finally {
    ending.abort()
    over.abort()
  }
}

/** Returns when every partition has records, a while after. */
async function grow(cluster: Cluster, signal: AbortSignal): Promise<void> {
  const { environment } = cluster.services[0]!.spec
  await sleep(HOLD_MS, undefined, { signal })
  const startMs = performance.now()
  await runScript('tools/topics.ts', { ...environment, PARTITIONS: String(AFTER) })
  say(`the log has ${(await ends(cluster)).length} partitions`)
  for (const name of KILLED) {
    await cluster.service(name).kill()
    await sleep(HOLD_MS / 2, undefined, { signal })
    await cluster.service(name).start()
    say(`${name} was killed, and is back`)
  }
  while ((await ends(cluster)).some(({ offset }) => offset === '0')) {
    if (performance.now() - startMs > USED_MS_MAX) throw new Error('some partitions get nothing')
    await sleep(LOOK_MS, undefined, { signal })
  }
  const seconds = ((performance.now() - startMs) / SECOND_MS).toFixed(0)
  say(`every one of ${AFTER} partitions has records, ${seconds} s after the command`)
  await sleep(HOLD_MS, undefined, { signal })
}

function ends(cluster: Cluster): Promise<readonly Place[]> {
  return endsOf(cluster.endpoints.kafka![0]!, EVENTS_TOPICS)
}

function say(what: string): void {
  console.log(`${new Date().toISOString()} ${what}`)
}
