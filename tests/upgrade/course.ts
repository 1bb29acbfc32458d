// An upgrade under load, and back: the old schema and old processes, the new schema, old processes that are killed and
// start again on it, then every service replaced in turn, a kill among them, and all replaced by the old ones again.
// Titles are changed meanwhile, also while their tables are made, and each release answers with what either has set.
import { setTimeout as sleep } from 'node:timers/promises'
import { type Cluster, mainOf } from '../../infra/cluster/cluster.ts'
import { runScript } from '../../infra/cluster/run-script.ts'
import type { ServiceProcess } from '../../infra/cluster/service-process.ts'
import { SettingsReader } from '../../lib/settings-reader.ts'
import { readCassandraSettings } from '../../stores/cassandra/cassandra-settings.ts'
import { connect } from '../../stores/cassandra/connect.ts'
import { loadMigrations } from '../../stores/counts/cassandra/schema.ts'
import { CONNECT_DEPS } from '../../testing/cassandra-keyspace.ts'
import { Titles } from './titles.ts'

/** Who reads what others write goes first, so that no process meets what it does not know; back, it goes last. */
const ORDER = ['processing', 'reconciler', 'query', 'partitioner'] as const
/** How long each state of the cluster lasts under load. */
const HOLD_MS = 5_000

export type Course = {
  readonly cluster: Cluster
  /** The checkout of the earlier release. */
  readonly oldRoot: string
  /** Whether the new schema has one more addition, of which the earlier release knows nothing. */
  readonly addsToSchema: boolean
  readonly signal: AbortSignal
}

export async function upgradeAndBack(course: Course): Promise<void> {
  const { cluster, signal } = course
  const titles = new Titles(cluster)
  const hold = () => sleep(HOLD_MS, undefined, { signal })
  await titles.setAll(signal)
  await hold()
  await migrate(course)
  await titles.changedWhile(signal, async () => {
    say('make the tables of titles')
    await runScript('tools/titles.ts', environmentOf(cluster), undefined, signal)
    await hold()
    for (const service of cluster.services.filter(({ spec }) => spec.name.endsWith('-1'))) {
      say(`kill ${service.spec.name} of the old release, and start it again`)
      await service.kill()
      await service.start()
    }
    await hold()
    for (const service of inOrder(cluster, ORDER)) {
      say(`upgrade ${service.spec.name}`)
      await replace(service)
    }
    await hold()
  })
  await titles.untilShown(signal)
  say('the new release answers with all titles')
  for (const name of ['processing-1', 'partitioner-1', 'query-1']) {
    say(`kill ${name} of the new release, and start it again`)
    await cluster.service(name).kill()
    await cluster.service(name).start()
  }
  await hold()
  await titles.changedWhile(signal, () => goBack(course))
  await hold()
  await titles.untilShown(signal)
  say('the old release answers with all titles')
}

async function migrate({ cluster, addsToSchema }: Course): Promise<void> {
  say('migrate')
  const environment = environmentOf(cluster)
  await runScript('tools/migrate.ts', environment)
  if (addsToSchema) await addToSchema(environment)
}

async function goBack({ cluster, oldRoot }: Course): Promise<void> {
  for (const service of inOrder(cluster, ORDER.toReversed())) {
    say(`take ${service.spec.name} back`)
    await replace(service, oldRoot)
  }
}

function environmentOf({ services }: Cluster): Readonly<Record<string, string>> {
  return services[0]!.spec.environment
}

function say(what: string): void {
  console.log(`${new Date().toISOString()} ${what}`)
}

function inOrder({ services }: Cluster, order: readonly string[]): ServiceProcess[] {
  return order.flatMap((kind) => services.filter(({ spec }) => spec.name.startsWith(`${kind}-`)))
}

async function replace(service: ServiceProcess, root?: string): Promise<void> {
  const [kind] = service.spec.name.split('-')
  await service.stop()
  service.use(mainOf(kind!, root))
  await service.start()
}

/** As a migration of the next release would: a column, and the note that it was added. */
async function addToSchema(environment: Readonly<Record<string, string>>): Promise<void> {
  const settings = readCassandraSettings(new SettingsReader(environment))
  const client = await connect(settings, settings.keyspace, CONNECT_DEPS)
  const version = loadMigrations().length + 1
  const note = `INSERT INTO schema_versions (scope, version, file) VALUES ('counts', ${version}, 'next.cql')`
  for (const statement of ['ALTER TABLE counts ADD IF NOT EXISTS of_next_release text', note])
    await client.execute(statement, [], { prepare: false })
  await client.shutdown()
}
