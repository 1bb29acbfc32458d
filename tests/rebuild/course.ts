// What happens to the cluster whose keyspace is lost, step by step. Services that are started after the loss have a
// clock that is two hours ahead: so all hours are counted from the archive, as those that left the log are.
import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../../infra/cluster/cluster.ts'
import type { ServiceProcess } from '../../infra/cluster/service-process.ts'
import { readCountedWindow } from '../../lib/event-window.ts'
import { SettingsReader } from '../../lib/settings-reader.ts'
import { HOUR_MS, MINUTE_MS } from '../../model/bucket.ts'
import { readCassandraSettings } from '../../stores/cassandra/cassandra-settings.ts'
import { connect } from '../../stores/cassandra/connect.ts'
import { type Administrator, administratorOf } from '../../testing/administrator.ts'
import { CONNECT_DEPS, dropKeyspace } from '../../testing/cassandra-keyspace.ts'
import { endsOf, removeBefore } from '../../testing/kafka-records.ts'
import { checkCounts } from '../batch/check.ts'
import { spooledByAll } from '../faults/spooled.ts'
import { rebuild } from './command.ts'
import { Sender } from './sender.ts'
import {
  environmentOf,
  incomplete,
  LATER,
  patientClient,
  say,
  startLater,
  until,
  untilKept,
  untilRecounted,
  viewersOf,
  type World,
  warns,
} from './world.ts'

/** What is wrong in the end, one line each. Whatever it starts is stopped by the stack. */
export async function course(world: World, stack: AsyncDisposableStack): Promise<readonly string[]> {
  const { cluster, directory, events, seed, signal } = world
  const client = patientClient(cluster)
  const sender = new Sender(client, seed, signal)
  await sender.sendViewed()
  await sender.send(Math.floor(events / 2))
  await untilKept(world, sender.lastMs)
  const viewers = await viewersOf(cluster)
  say(`${sender.truth.events} ids sent, counted and archived; ${viewers} viewers`)
  await purge(world)
  const before = sender.send(Math.floor(events / 8))
  const administrator = await administratorOf(cluster, directory, 'docs/backup.md')
  await administrator('nodetool snapshot')
  await before
  say('a snapshot was taken under load')
  await sender.send(Math.floor(events / 8))

  await drop(world)
  say('the keyspace is dropped while everything runs')
  await refusedWhileRunning(world)
  for (const service of counting(cluster)) await service.kill()
  say('processing, query and reconcilers are killed; partitioners go on')
  await restored(world, sender, administrator)

  await drop(world)
  for (const service of counting(cluster)) await service.kill()
  say('the keyspace is dropped again, with its snapshots')
  const sending = sender.send(Math.floor(events / 8))
  await beginKilled(world)
  await sending
  await until('spools are empty', signal, async () => (await spooledByAll(cluster)) === 0)

  const services = await startLater(world, stack)
  await incomplete(services, true)
  const startMs = performance.now()
  const killed = await rebuild(environmentOf(world, LATER), [], /hours recounted: \d/, signal)
  assert.equal(killed.code, null, killed.said)
  await services.get('reconciler-1')!.kill()
  await services.get('reconciler-1')!.start()
  say('the rebuild is killed while it waits, and a reconciler too; both go on')
  const { code, said } = await rebuild(environmentOf(world, LATER), [], null, signal)
  assert.equal(code, 0, said)
  say(
    `the rebuild has ended, ${((performance.now() - startMs) / 1_000).toFixed(0)} s after services were there`,
  )
  return findings(world, sender, viewers, services)
}

/** By the commands of the document; everything must be as before the loss. */
async function restored(world: World, sender: Sender, administrator: Administrator): Promise<void> {
  const { cluster, signal } = world
  const sending = sender.send(Math.floor(world.events / 8))
  await administrator('cqlsh -f')
  await administrator('nodetool import')
  await Promise.all(counting(cluster).map((service) => service.start()))
  await sending
  await untilKept(world, sender.lastMs)
  await untilRecounted(world)
  const client = patientClient(cluster)
  const { compared, differences } = await checkCounts(client, sender.truth, signal)
  say(`restored from the snapshot: ${compared} counts and sums compared, ${differences.length} differ`)
  assert.deepEqual(differences.slice(0, 10), [])
}

async function findings(
  world: World,
  sender: Sender,
  viewers: number,
  services: ReadonlyMap<string, ServiceProcess>,
): Promise<readonly string[]> {
  const { cluster, signal } = world
  const client = patientClient(cluster)
  await untilKept(world, sender.lastMs, services)
  const faults: string[] = []
  const { compared, differences } = await checkCounts(client, sender.truth, signal)
  faults.push(...differences)
  say(`${sender.accepted} events acknowledged, copies included; ${sender.truth.events} ids`)
  say(`${compared} counts and sums of minutes, hours and days compared: ${differences.length} differ`)
  const found = await viewersOf(cluster)
  if (found !== viewers) faults.push(`${found} viewers, not ${viewers}`)
  const { fromMs, toMs } = sender.truth.range
  const options = { signal } as const
  const kept = await client.getStats(
    'video.1',
    'view',
    'count',
    Math.max(fromMs, toMs - HOUR_MS),
    toMs,
    options,
  )
  if (!kept.meta.complete) faults.push('an answer about what is kept is not complete')
  const all = await client.getStats('video.1', 'view', 'count', undefined, toMs, options)
  if (all.meta.complete) faults.push('an answer about what was lost is called complete')
  if (all.value !== countOf(sender)) faults.push(`${all.value} of video.1 in all, not ${countOf(sender)}`)
  await incomplete(services, true)
  const { code, said } = await rebuild(environmentOf(world, LATER), ['--accept'], null, signal)
  assert.equal(code, 0, said)
  await until('what is lost is told no more', signal, async () => !(await warns(services)))
  return faults
}

function countOf({ truth }: Sender): number {
  return truth
    .minutes('video.1', 'view')
    .values()
    .reduce((sum, { count }) => sum + count, 0)
}

/**
 * Most of what is archived: as retention does, but for the partitions with odd numbers. Retention keeps what processing
 * may have to read again, so what is there now leaves when no event can be a copy of it any more.
 */
async function purge({ cluster, signal }: World): Promise<void> {
  const [broker] = cluster.endpoints.kafka!
  const { horizonMs, aheadMs } = readCountedWindow(settingsOf(cluster))
  const keptMs = horizonMs + aheadMs + MINUTE_MS
  const events = (await endsOf(broker!, 'tally.events.')).filter(({ partition }) => partition % 2 === 0)
  const late = await endsOf(broker!, 'tally.events-late.')
  say(`waiting ${keptMs / 1_000} s: until then processing may have to read again what is in the log`)
  await sleep(keptMs, undefined, { signal })
  await removeBefore(broker!, [...events, ...late])
  const records = [...events, ...late].reduce((sum, { offset }) => sum + Number(offset), 0)
  say(`${records} records of ${events.length + late.length} partitions have left the log`)
}

/** A busy node may need longer than its clients wait. */
async function drop({ cluster, signal }: World): Promise<void> {
  const settings = readCassandraSettings(settingsOf(cluster))
  const client = await connect(settings, null, CONNECT_DEPS)
  try {
    const isDropped = () =>
      dropKeyspace(client, settings).then(
        () => true,
        () => false,
      )
    await until('the keyspace is dropped', signal, isDropped)
  } finally {
    await client.shutdown()
  }
}

function settingsOf({ services }: Cluster): SettingsReader {
  return new SettingsReader(services[0]!.spec.environment)
}

async function refusedWhileRunning(world: World): Promise<void> {
  const { code, said } = await rebuild(environmentOf(world), ['--yes'], null, world.signal)
  assert.equal(code, 1, said)
  assert.match(said, /Processes are still in the groups tally-processing \(2\), tally-archive \(2\)/)
  say('the rebuild is refused while they count')
}

/** Killed while it makes the tables, and when it has prepared everything. */
async function beginKilled(world: World): Promise<void> {
  const environment = environmentOf(world)
  const listed = await rebuild(environment, [], null, world.signal)
  assert.equal(listed.code, 0, listed.said)
  assert.match(listed.said, /^Nothing was changed\. To begin: the same with --yes$/m)
  console.log(listed.said.trim())
  for (const killAt of [/applied 004/, /Start processing/]) {
    const { code, said } = await rebuild(environment, ['--yes'], killAt, world.signal)
    assert.equal(code, null, said)
    say(`the rebuild is killed when it has said ${killAt.source}`)
  }
}

function counting({ services }: Cluster): readonly ServiceProcess[] {
  return services.filter(({ spec }) => !spec.name.startsWith('partitioner-'))
}
