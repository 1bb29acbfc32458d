import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { writeMeta } from '../../../stores/log/kafka/meta.ts'
import { metaTopicOf } from '../../../stores/log/kafka/topics.ts'
import { openLocalObjects } from '../../../stores/objects/local-objects.ts'
import { makeBackup } from '../../../testing/backup-fixture.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { MemoryClient } from '../../../testing/memory-kafka-client.ts'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import { BackupFolder } from '../../backup/cluster/backup-folder.ts'
import { type ClusterManifest, STATE_FILE, type State } from '../../backup/cluster/contents.ts'
import { run } from '../run-restore.ts'
import type { NewCluster } from './cluster.ts'
import { checkedBackup, restoreCluster } from './run-cluster.ts'

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url))
const RAW = 'date=2026-11-30/hour=02/one.00000000.parquet'
const SOURCE = { id: 'aa000000-0', lane: 'events', partition: 0, startOffset: 0, endOffset: 7 }
const NAME_KEY = { bytes: 'AAAA', sourcesFromMs: 0 }
const NOTE = { version: 1, begunMs: 0, fromMinute: 1, viewersTo: 0, isPrepared: false, isDone: false }
const TOPICS = { replicationFactor: 1, minInSyncReplicas: 1, retentionMs: 1, retentionBytes: -1 }
const QUIET = { print() {}, screen: { write() {} } }

async function makeClusterBackup(
  out: string,
  changes: Partial<ClusterManifest['cluster']> = {},
): Promise<void> {
  await mkdir(out)
  const folder = new BackupFolder(out)
  const state: State = { reconciled: null, nameKey: NAME_KEY, layout: null, partitions: 1 }
  await folder.bytes(STATE_FILE, Buffer.from(JSON.stringify(state)))
  await folder.bytes(`archive/${RAW}`, Buffer.from('parquet'))
  const asOf = '2026-11-30T02:00:00.000Z'
  await folder.end<ClusterManifest>({
    ...{ product: '0', asOf, sources: [SOURCE] },
    cluster: { id: 'this', takenMs: Date.parse(asOf), closedTo: 0, unheard: 0, damagedHours: [], ...changes },
  })
}

/** Nothing may be opened. */
async function emptyCluster(directory: string): Promise<NewCluster & { client: MemoryClient }> {
  return {
    ...{ prefix: 'tally', topics: TOPICS, keyspace: 'tally', archivePlace: 's3://raw', groups: ['counting'] },
    aheadMs: 0,
    filledTables: async () => [],
    client: new MemoryClient(new ManualClock()),
    objects: await openLocalObjects(join(directory, 'archive')),
    members: async () => 0,
    keyspaceState: async () => 'lost',
    openStores: () => assert.fail('nothing is to be changed'),
    applyTitles: () => assert.fail('nothing is to be changed'),
  }
}

async function restore(
  cluster: NewCluster,
  from: string,
  clock = new ManualClock(),
  print: (line: string) => void = () => {},
): Promise<void> {
  await restoreCluster(cluster, await checkedBackup(from, clock, QUIET), clock, { ...QUIET, print })
}

type Change = (cluster: NewCluster & { client: MemoryClient }) => Promise<Partial<NewCluster>>

const REFUSALS: readonly (readonly [string, RegExp, Change])[] = [
  ['a keyspace with counts', /tally holds counts/, async () => ({ keyspaceState: async () => 'held' })],
  [
    'a keyspace without counts that holds anything else',
    /tally holds something in the tables alerts, journal, and nothing was changed/,
    async () => ({ filledTables: async () => ['alerts', 'journal'] }),
  ],
  [
    'a keyspace that is counted again',
    /tally holds counts/,
    async () => ({ keyspaceState: async () => NOTE }),
  ],
  [
    'a keyspace into which another backup is restored',
    /holds another backup/,
    async () => ({ keyspaceState: async () => ({ ...NOTE, restoreOf: 'another' }) }),
  ],
  [
    'topics of another log',
    /tally\.\* are those of a log already/,
    async ({ client }) => {
      await client.createTopic({ ...TOPICS, name: metaTopicOf('tally'), partitions: 1, configs: {} })
      await writeMeta(client, metaTopicOf('tally'), 'incarnation', 'aa', {
        incarnation: 'aa',
        previous: null,
      })
      return {}
    },
  ],
  [
    'topics of the same log that another restore has made, and that may hold events',
    /tally\.\* are those of a log already/,
    async ({ client }) => {
      const meta = metaTopicOf('tally')
      await client.createTopic({ ...TOPICS, name: meta, partitions: 1, configs: {} })
      await writeMeta(client, meta, 'namekey', 'one', NAME_KEY)
      await writeMeta(client, meta, 'incarnation', 'aa', { incarnation: 'aa000000', previous: null })
      return {}
    },
  ],
  [
    'an archive with files of something else',
    /s3:\/\/raw holds 1 files that are not of the backup, like films/,
    async ({ objects }) => {
      await objects.write('films', Buffer.of(1))
      return {}
    },
  ],
  [
    'an archive with another file under a name of the backup',
    /s3:\/\/raw holds 1 files that are not of the backup, like date=/,
    async ({ objects }) => {
      await objects.write(RAW, Buffer.from('PARQUET'))
      return {}
    },
  ],
]

for (const [what, message, change] of REFUSALS) {
  test(`refuses ${what}, and changes nothing`, async () => {
    await using directory = await temporaryDirectory()
    const from = join(directory.path, 'backup')
    await makeClusterBackup(from)
    const cluster = await emptyCluster(directory.path)
    const changed = { ...cluster, ...(await change(cluster)) }
    await assert.rejects(restore(changed, from), (error: Error) => {
      assert.equal(error.name, 'Fault')
      assert.match(error.message, message)
      return true
    })
  })
}

test('says before it has changed anything that partitioners are to be stopped too', async () => {
  await using directory = await temporaryDirectory()
  const from = join(directory.path, 'backup')
  await makeClusterBackup(from)
  const clock = new ManualClock()
  const members = async () => {
    clock.advance(60_000)
    return 1
  }
  const cluster = { ...(await emptyCluster(directory.path)), members }
  await assert.rejects(
    restore(cluster, from, clock),
    /in the groups counting \(1\).* Stop partitioners too: .* Nothing was changed\./,
  )
})

test('says what to do next: partitioners first that may have events on their disks', async () => {
  await using directory = await temporaryDirectory()
  const from = join(directory.path, 'backup')
  await makeClusterBackup(from, { unheard: 2 })
  const restored = { ...NOTE, restoreOf: 'this', isPrepared: true }
  const lines: string[] = []
  const cluster: NewCluster = {
    ...(await emptyCluster(directory.path)),
    keyspaceState: async () => restored,
    applyTitles: async () => void lines.push('titles'),
  }
  await restore(cluster, from, new ManualClock(), (line) => lines.push(line))
  const said = lines.join('\n')
  assert.match(said, /This backup is restored already\.\ntitles\nRestored: /)
  assert.match(said, /2 partitioners could not be heard/)
  assert.match(said, /start every partitioner that has a disk.*disks that never come back.*npm run rebuild/s)
})

test('refuses a backup that was changed, or is not whole', async () => {
  await using directory = await temporaryDirectory()
  const from = join(directory.path, 'backup')
  await makeClusterBackup(from)
  const checked = (path = from) => checkedBackup(path, new ManualClock(), QUIET)
  await writeFile(join(from, 'archive', RAW), 'changed')
  await assert.rejects(checked(), /archive\/date=.* was changed: it does not match its checksum/)
  await rm(join(from, 'manifest.json'))
  await assert.rejects(checked(), /There is no whole backup/)
  const none = join(from, 'none')
  await assert.rejects(checked(none), { name: 'Fault', message: `${none} does not exist.` })
  const file = join(from, STATE_FILE)
  await assert.rejects(checked(file), { name: 'Fault', message: `${file} is a file, not a backup.` })
})

test('says that there is no backup before any server is waited for', async () => {
  const environment = { KAFKA_BROKERS: '127.0.0.1:1', CASSANDRA_CONTACT_POINTS: '127.0.0.1:1' }
  const command = spawn(process.execPath, [MAIN, '--cluster', '--from', '/no/backup'], {
    env: { ...process.env, ...environment, ARCHIVE_URL: '', OVERFLOW_URL: '' },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  try {
    const [words] = await once(command.stderr, 'data')
    assert.equal(String(words), '/no/backup does not exist.\n')
    assert.deepEqual(await once(command, 'exit'), [1, null])
  } finally {
    command.kill('SIGKILL')
  }
})

test('each kind of backup is refused by the command for the other', async () => {
  await using directory = await temporaryDirectory()
  const [ofCluster, ofServer] = ['a', 'b'].map((name) => join(directory.path, name)) as [string, string]
  await makeClusterBackup(ofCluster)
  await makeBackup(join(directory.path, 'data'), ofServer)
  await assert.rejects(
    checkedBackup(ofServer, new ManualClock(), QUIET),
    /is a backup of npm start: restore it with --data-dir/,
  )
  const target = { from: ofCluster, dataDirectory: join(directory.path, 'c') }
  await assert.rejects(
    run(target, () => {}, QUIET.screen),
    /backup of separate services: restore it with --cluster/,
  )
})
