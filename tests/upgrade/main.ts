// npm run test:upgrade: the release before beside this one, on real servers under load: forward, and back. Exit 1 if
// anything is lost, doubled or buried.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Cluster } from '../../infra/cluster/cluster.ts'
import { readInfraSettings } from '../../infra/settings.ts'
import { commandLine } from '../../lib/command-line.ts'
import { isOn, number, text, wholeNumber } from '../../lib/flags.ts'
import { createClient } from '../../sdk/src/index.ts'
import { Random } from '../../simulator/random.ts'
import { checkOut } from '../../testing/checkout.ts'
import { Truth } from '../faults/acknowledged-counts.ts'
import { Sender } from '../faults/sender.ts'
import { spooledByAll } from '../faults/spooled.ts'
import { Traffic } from '../faults/traffic.ts'
import { judge } from '../faults/verdict.ts'
import { upgradeAndBack } from './course.ts'
import { previousRelease } from './previous-release.ts'

const RETRY_FOR_EVER = { attemptsMax: 1e6, deadlineMs: 3_600_000, delayCapMs: 1_000 }
const START_TIMEOUT_MS = 600_000
const PARTITIONS = 8
const DIFFERENCES_SHOWN = 50
const LOOK_MS = 200
/** The release before promises less of `asOf`: what waits in spools. */
const NOT_HELD = { acknowledged() {} }

const { values } = commandLine({
  usage: 'npm run test:upgrade [-- flags]',
  flags: {
    from: text('COMMIT', 'the release before (default: tests/upgrade/previous-release)'),
    adds: isOn('this release adds a column that the one before does not know'),
    rate: number('N', 'events per second, copies included', 500, { least: 20, most: 20_000 }),
    seed: wholeNumber('N', 'decides the events', 1, { least: 0 }),
  },
})
const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => interrupted.abort(new Error(`stopped by ${signal}`)))
}

const directory = await mkdtemp(join(tmpdir(), 'tally-upgrade-'))
const isSound = await main().catch((error: unknown) => {
  console.error(error)
  return false
})
if (isSound) await rm(directory, { recursive: true, force: true })
else console.error(`What the servers and services wrote is in ${directory}.`)
process.exit(isSound ? 0 : 1)

async function main(): Promise<boolean> {
  const commit = values.from ?? previousRelease()
  await using old = await checkOut(commit, join(directory, 'old'))
  console.log(`from ${commit}, ${values.rate} events/s, seed ${values.seed}`)
  const cluster = await Cluster.start({
    dataDirectory: join(directory, 'cluster'),
    port: readInfraSettings(process.env).ports.nginx,
    ...{ brokers: 1, cassandraNodes: 1, partitions: PARTITIONS, root: old.root },
    servers: { startTimeoutMs: START_TIMEOUT_MS },
    environment: { PROBE_INTERVAL_S: '0' }, // the ledgers must hold only what was sent here
  })
  try {
    return await underLoad(cluster, old.root)
  } finally {
    await cluster.stop()
  }
}

async function underLoad(cluster: Cluster, oldRoot: string): Promise<boolean> {
  const truth = new Truth()
  const over = new AbortController()
  const signal = AbortSignal.any([interrupted.signal, over.signal])
  const refusedMs: number[] = []
  const retry = { url: cluster.url, retry: RETRY_FOR_EVER, onRetry: () => refusedMs.push(performance.now()) }
  const client = createClient(retry)
  const sender = new Sender(client, new Traffic(new Random(values.seed)), truth, NOT_HELD, signal, refusedMs)
  const ending = new AbortController()
  const sent = sender.run(values.rate, ending.signal)
  sent.catch((error) => over.abort(error))
  try {
    await upgradeAndBack({ cluster, oldRoot, addsToSchema: values.adds, signal })
    ending.abort()
    await sent
    while ((await spooledByAll(cluster)) > 0) await sleep(LOOK_MS, undefined, { signal })
    const { lost, doubled, compared, differences, ledger } = await judge(
      cluster,
      client,
      truth,
      sender,
      signal,
    )
    for (const line of [...ledger, ...differences].slice(0, DIFFERENCES_SHOWN)) console.log(line)
    console.log(`${sender.accepted} events acknowledged, copies included; ${truth.events} ids`)
    console.log(`${compared} counts and sums by minute compared: ${lost} lost, ${doubled} doubled`)
    return ledger.length + differences.length === 0
  } finally {
    ending.abort()
    over.abort()
  }
}
