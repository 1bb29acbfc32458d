// The faults that need real servers and several processes, one after the other in one world.
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { runProgram } from '../../infra/native/run-program.ts'
import { makeAuthority } from '../../testing/certificates.ts'
import { endsOf, makeAnew, removeBefore } from '../../testing/kafka-records.ts'
import { startTlsProxy } from '../../testing/tls-proxy.ts'
import { root } from '../source-file.ts'
import type { ClusterWorld } from './cluster-world.ts'
import type { Fault } from './fault.ts'

export type ClusterFault = Fault<ClusterWorld>

const EVENTS_TOPICS = 'tally.events.'
const LATE_TOPICS = 'tally.events-late.'
const LATE_MS = 2 * 3_600_000
/** Until counting has come to where the log ended. */
const COUNTED_MS = 15_000

const databaseHangs: ClusterFault = {
  name: 'Cassandra hangs',
  alerts: ['TallyCassandraAway', 'TallyStaleAnswers', 'TallyLagGrows', 'TallyCountsBehind'],
  cause: ({ cluster }) => cluster.servers.pause('cassandra-1'),
  mended: 'Cassandra goes on',
  mend: ({ cluster }) => cluster.servers.resume('cassandra-1'),
}

const databaseDies: ClusterFault = {
  name: 'Cassandra is killed',
  alerts: ['TallyCassandraAway', 'TallyStaleAnswers'],
  cause: ({ cluster }) => cluster.servers.kill('cassandra-1'),
  mended: 'Cassandra started again',
  mend: ({ cluster }) => cluster.servers.start('cassandra-1'),
}

const brokerHangs: ClusterFault = {
  name: 'the only broker hangs, and spools may hold 1 MiB',
  alerts: [
    ...['TallyLogAway', 'TallySpoolFilling', 'TallySpoolRefuses', 'TallyDoorErrors'],
    ...['TallyLayoutsUnknown', 'TallyCountsBehind'],
  ],
  cause: ({ cluster }) => cluster.servers.pause('kafka-1'),
  mended: 'the broker goes on',
  mend: ({ cluster }) => cluster.servers.resume('kafka-1'),
  firesMsMax: 180_000,
}

const partitionerDies: ClusterFault = {
  name: 'one of two partitioners is killed',
  alerts: ['TallyProcessDown', 'TallyPartitionerSilent'],
  cause: ({ cluster }) => cluster.service('partitioner-2').kill(),
  mended: 'started again on its disk',
  mend: ({ cluster }) => cluster.service('partitioner-2').start(),
  firesMsMax: 300_000,
}

const recordsPurged: ClusterFault = {
  name: 'records leave the log while no reconciler runs',
  alerts: ['TallyRawEventsLost'],
  async cause({ cluster, broker, prometheus, until }) {
    const reconcilers = ['reconciler-1', 'reconciler-2'].map((name) => cluster.service(name))
    await Promise.all(reconcilers.map((service) => service.kill()))
    await sleep(COUNTED_MS)
    const places = await endsOf(broker, EVENTS_TOPICS)
    await sleep(COUNTED_MS)
    // Else counting halts too.
    await until('what is removed is counted', async () => {
      const [behindSeconds = Infinity] = await prometheus.values('max(tally_freshness_seconds)')
      return 1_000 * behindSeconds < COUNTED_MS
    })
    await removeBefore(broker, places)
    await Promise.all(reconcilers.map((service) => service.start()))
  },
  mended: 'nothing: it is told for an hour',
  mend: async () => {},
  clearsMsMax: 600_000,
}

const topicMadeAnew: ClusterFault = {
  name: 'the topic of late events is deleted and made anew by hand',
  alerts: ['TallyArchiveHalted'],
  async prepare({ cluster, broker, until }) {
    const time = Date.now() - LATE_MS
    const events = Array.from({ length: 100 }, (_, i) => ({
      id: `l${i}`,
      videoId: `l${i}`,
      type: 'view',
      time,
    }))
    const body = JSON.stringify(events)
    const headers = { 'content-type': 'application/json' }
    await fetch(`${cluster.url}/v1/events`, { method: 'POST', headers, body })
    await until('the late lane holds events', async () =>
      (await endsOf(broker, LATE_TOPICS)).some(({ offset }) => offset !== '0'),
    )
    await sleep(COUNTED_MS)
  },
  cause: ({ broker }) => makeAnew(broker, LATE_TOPICS),
  mended: '`npm run topics -- --start-anew` while all services stand still',
  async mend({ cluster }) {
    const { environment } = cluster.services[0]!.spec
    await Promise.all(cluster.services.map((service) => service.stop()))
    await runProgram(process.execPath, [join(root, 'tools/topics.ts'), '--start-anew'], { environment })
    await Promise.all(cluster.services.map((service) => service.start()))
  },
}

const cacheDies: ClusterFault = {
  name: 'Redis is killed',
  alerts: ['TallyRedisAway'],
  cause: ({ cluster }) => cluster.servers.kill('redis-1'),
  mended: 'Redis started again, empty',
  mend: ({ cluster }) => cluster.servers.start('redis-1'),
}

const certificateExpires: ClusterFault = {
  name: 'the certificate that a process shows to Redis is good for two days',
  alerts: ['TallyCertificateExpires'],
  cause: (world) => showCertificate(world, 2),
  mended: 'a new certificate, restarted',
  mend: (world) => showCertificate(world, 365),
}

/** One of the query services reaches Redis through TLS, and shows a certificate that is good for so many days. */
async function showCertificate(world: ClusterWorld, days: number): Promise<void> {
  const { cluster, directory, restart } = world
  const authority = await makeAuthority(directory, 'ours')
  const { cert, key } = await authority.issue('tally', 'DNS:tally', days)
  const door = await authority.issue('redis', 'IP:127.0.0.1,DNS:localhost')
  const proxy = await startTlsProxy(door, cluster.servers.settings.ports.redis)
  world.keep(proxy)
  await restart('query-2', {
    REDIS_URL: `rediss://${proxy.address}`,
    REDIS_CA_FILE: authority.ca,
    REDIS_CERT_FILE: cert,
    REDIS_KEY_FILE: key,
  })
}

export const CLUSTER_FAULTS: readonly ClusterFault[] = [
  ...[databaseHangs, databaseDies, cacheDies, brokerHangs, partitionerDies, recordsPurged, topicMadeAnew],
  certificateExpires, // the last: what reaches Redis through this process is late on a busy machine
]
