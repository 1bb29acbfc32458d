// npm run test:rebuild: the keyspace of a cluster on real servers is dropped under load, when records have left the log
// already; it is restored from a snapshot, dropped again, and rebuilt. The rebuild is refused while processes count,
// killed at three moments and run again. Each time every minute, hour and day is compared with what was acknowledged,
// and the number of viewers. With --backup everything is lost, and restored from a backup. Exit 1 if anything differs.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Cluster } from '../../infra/cluster/cluster.ts'
import { readInfraSettings } from '../../infra/settings.ts'
import { commandLine } from '../../lib/command-line.ts'
import { isOn, wholeNumber } from '../../lib/flags.ts'
import { interruption } from '../../lib/interruption.ts'
import { HORIZON_MS } from '../batch/traffic.ts'
import { backupCourse } from './backup-course.ts'
import { course } from './course.ts'

const PARTITIONS = 6
/** Beside a cluster that somebody plays with. */
const PORT_OFFSETS = { keyspace: 4_000, backup: 14_000 }
const START_TIMEOUT_MS = 600_000
const FAULTS_SHOWN = 50
const SETTINGS = {
  HORIZON_MS: String(HORIZON_MS),
  RECONCILE_INTERVAL_MS: '500',
  ARCHIVE_FLUSH_MS: '1000',
  ARCHIVE_LATE_FLUSH_MS: '500',
  SNAPSHOT_INTERVAL_MS: '2000',
  PROBE_INTERVAL_S: '0',
}

const { values } = commandLine({
  usage: 'npm run test:rebuild [-- flags]',
  flags: {
    events: wholeNumber('N', 'events, without copies', 30_000, { least: 3_000, most: 10_000_000 }),
    seed: wholeNumber('N', 'decides the events', 1, { least: 0 }),
    backup: isOn('everything is lost, and restored from a backup'),
  },
})
const interrupted = interruption()

const directory = await mkdtemp(join(tmpdir(), 'tally-rebuild-'))
const isSound = await main().catch((error: unknown) => {
  console.error(error)
  return false
})
if (isSound) await rm(directory, { recursive: true, force: true })
else console.error(`What the servers and services wrote is in ${directory}.`)
process.exit(isSound ? 0 : 1)

async function main(): Promise<boolean> {
  console.log(`${values.events} events, seed ${values.seed}`)
  const cluster = await Cluster.start({
    dataDirectory: join(directory, 'cluster'),
    port: readInfraSettings(process.env).ports.nginx,
    portOffset: values.backup ? PORT_OFFSETS.backup : PORT_OFFSETS.keyspace,
    ...{ brokers: 1, cassandraNodes: 1, partitions: PARTITIONS },
    servers: { startTimeoutMs: START_TIMEOUT_MS },
    environment: SETTINGS,
    signal: interrupted,
  })
  await using stack = new AsyncDisposableStack()
  stack.defer(() => cluster.stop())
  const happens = values.backup ? backupCourse : course
  const faults = await happens({ cluster, directory, ...values, signal: interrupted }, stack)
  for (const fault of faults.slice(0, FAULTS_SHOWN)) console.log(fault)
  console.log(faults.length === 0 ? 'everything is exact' : `${faults.length} faults`)
  return faults.length === 0
}
