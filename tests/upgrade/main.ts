// npm run test:upgrade: the release before beside this one, on real servers under load: forward, and back. Exit 1 if
// anything is lost, doubled or buried.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Cluster } from '../../infra/cluster/cluster.ts'
import { readInfraSettings } from '../../infra/settings.ts'
import { commandLine } from '../../lib/command-line.ts'
import { isOn, number, text, wholeNumber } from '../../lib/flags.ts'
import { interruption } from '../../lib/interruption.ts'
import { checkOut } from '../../testing/checkout.ts'
import { isExactUnderLoad } from '../faults/under-load.ts'
import { upgradeAndBack } from './course.ts'
import { previousRelease } from './previous-release.ts'

const RETRY_FOR_EVER = { attemptsMax: 1e6, deadlineMs: 3_600_000, delayCapMs: 1_000 }
const START_TIMEOUT_MS = 600_000
const PARTITIONS = 8
/** The release before promises less of `asOf`: what waits in spools. */
const LOAD = { retry: RETRY_FOR_EVER, isAsOfHeld: false }

const { values } = commandLine({
  usage: 'npm run test:upgrade [-- flags]',
  flags: {
    from: text('COMMIT', 'the release before (default: tests/upgrade/previous-release)'),
    adds: isOn('this release adds a column that the one before does not know'),
    rate: number('N', 'events per second, copies included', 500, { least: 20, most: 20_000 }),
    seed: wholeNumber('N', 'decides the events', 1, { least: 0 }),
  },
})
const interrupted = interruption()

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
    signal: interrupted,
  })
  try {
    const load = { cluster, ...LOAD, rate: values.rate, seed: values.seed, interrupted }
    return await isExactUnderLoad(load, (_, signal) =>
      upgradeAndBack({ cluster, oldRoot: old.root, addsToSchema: values.adds, signal }),
    )
  } finally {
    await cluster.stop()
  }
}
