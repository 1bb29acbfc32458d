// npm run test:grow: a cluster on real servers changes under load, one kind after the other: the log gets more
// partitions, a broker comes and another goes, nodes of Cassandra come and one goes, counts get more shards. Exit 1 if
// anything is lost, doubled or late, or if a request finally fails.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Cluster } from '../../infra/cluster/cluster.ts'
import { readInfraSettings } from '../../infra/settings.ts'
import { commandLine } from '../../lib/command-line.ts'
import { number, oneOf, wholeNumber } from '../../lib/flags.ts'
import { interruption } from '../../lib/interruption.ts'
import { Random } from '../../simulator/random.ts'
import { administratorOf } from '../../testing/administrator.ts'
import { isExactUnderLoad, type Sent } from '../faults/under-load.ts'
import { brokers } from './brokers.ts'
import { cassandra } from './cassandra.ts'
import { DOCUMENT } from './commands.ts'
import { partitions } from './partitions.ts'
import { shards } from './shards.ts'
import type { Growth } from './world.ts'

const PORT_OFFSET = 5_000
const START_TIMEOUT_MS = 1_200_000
const GROWTHS: Readonly<Record<string, Growth>> = { partitions, brokers, cassandra, shards }
const ALL = 'all'

const { values } = commandLine({
  usage: 'npm run test:grow [-- flags]',
  flags: {
    kind: oneOf(
      'KIND',
      `what changes: ${Object.keys(GROWTHS).join(', ')}, or all, one after the other`,
      ALL,
      [...Object.keys(GROWTHS), ALL],
    ),
    rate: number('N', 'events per second, copies included', 500, { least: 20, most: 20_000 }),
    seed: wholeNumber('N', 'decides the events', 1, { least: 0 }),
  },
})
const interrupted = interruption()

let isSound = true
for (const [kind, growth] of Object.entries(GROWTHS)) {
  if (interrupted.aborted || (values.kind !== ALL && values.kind !== kind)) continue
  console.log(`${kind}: ${values.rate} events/s, seed ${values.seed}`)
  isSound = (await isExact(growth)) && isSound
}
process.exit(isSound && !interrupted.aborted ? 0 : 1)

async function isExact(growth: Growth): Promise<boolean> {
  const directory = await mkdtemp(join(tmpdir(), 'tally-grow-'))
  const exact = await inCluster(growth, directory).catch((error: unknown) => {
    console.error(error)
    return false
  })
  if (exact) await rm(directory, { recursive: true, force: true })
  else console.error(`What the servers and services wrote is in ${directory}.`)
  return exact
}

async function inCluster(growth: Growth, directory: string): Promise<boolean> {
  const cluster = await Cluster.start({
    dataDirectory: join(directory, 'cluster'),
    port: readInfraSettings(process.env).ports.nginx,
    portOffset: PORT_OFFSET,
    ...growth.size,
    servers: { startTimeoutMs: START_TIMEOUT_MS, changes: true },
    environment: {
      PROBE_INTERVAL_S: '0', // the ledgers must hold only what was sent here
      ...growth.environment,
    },
    signal: interrupted,
  })
  try {
    const administrator = await administratorOf(cluster, directory, DOCUMENT)
    const load = {
      ...{ cluster, rate: values.rate, seed: values.seed, isAsOfHeld: true, interrupted },
      ...(growth.traffic && { traffic: growth.traffic(new Random(values.seed)) }),
      later: async (sent: Sent, signal: AbortSignal) => (await growth.later?.(cluster, sent, signal)) ?? [],
    }
    return await isExactUnderLoad(load, (sender, signal) =>
      growth.grow({ cluster, sender, signal, administrator }),
    )
  } finally {
    await cluster.stop()
  }
}
