// What happens to the cluster of which everything is lost, step by step: a backup is made under load, one of its files
// in the archive being damaged; all data of Kafka, Cassandra and Redis, the archive and what services keep is
// destroyed. The backup is restored into new servers, killed twice, and everything is counted again.
import assert from 'node:assert/strict'
import { open, readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { SettingsReader } from '../../lib/settings-reader.ts'
import type { TallyEvent } from '../../sdk/src/index.ts'
import type { Client } from '../../sdk/src/node/index.ts'
import { readCassandraSettings } from '../../stores/cassandra/cassandra-settings.ts'
import { connect } from '../../stores/cassandra/connect.ts'
import { CONNECT_DEPS } from '../../testing/cassandra-keyspace.ts'
import { checkCounts } from '../batch/check.ts'
import { begin, run } from './command.ts'
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

const LOAD = { videoId: 'load', type: 'view', batch: 200 } as const
const TITLE = { title: 'A title that is backed up' }
const HALF_RESTORED = /A backup was not restored to its end/

/** What is wrong in the end, one line each. Whatever it starts is stopped by the stack. */
export async function backupCourse(world: World, stack: AsyncDisposableStack): Promise<readonly string[]> {
  const { cluster, directory, events, seed, signal } = world
  const client = patientClient(cluster)
  const sender = new Sender(client, seed, signal)
  await sender.sendViewed()
  await sender.send(events)
  await putTitle(world)
  await untilKept(world, sender.lastMs)
  await untilRecounted(world)
  const viewers = await viewersOf(cluster)
  say(`${sender.truth.events} ids sent, counted and archived; ${viewers} viewers`)
  const damaged = await damage(archiveOf(world))
  say(`a bit of ${damaged} is flipped`)

  const load = new Load(client, signal)
  const loading = load.run()
  const out = join(directory, 'backup')
  const backupMs = await backUp(world, out)
  load.stop()
  await loading
  say(`backed up in ${seconds(backupMs)} s, while ${load.sent.length} events were acknowledged`)

  await destroy(world)
  say('Kafka, Cassandra, Redis, the archive and what services keep are destroyed; new servers are there')
  const restoreMs = await restoreKilled(world, out)
  say(`restored in ${seconds(restoreMs)} s, without the runs that were killed`)

  const services = await startLater(world, stack)
  await incomplete(services, true)
  const startMs = performance.now()
  const { code, said } = await run('rebuild', environmentOf(world, LATER), ['--yes'], signal)
  assert.equal(code, 1, said)
  assert.match(said, /Not exact, because raw events are missing or cannot be read/)
  say(`counted again in ${seconds(performance.now() - startMs)} s; the damaged hour is named`)

  const faults: string[] = []
  await untilKept(world, Date.now(), services)
  const { compared, differences } = await checkCounts(client, sender.truth, signal)
  say(`${compared} counts and sums of minutes, hours and days compared: ${differences.length} differ`)
  faults.push(...differences)
  const found = await viewersOf(cluster)
  if (found !== viewers) faults.push(`${found} viewers, not ${viewers}`)
  if ((await titleOf(world)) !== TITLE.title) faults.push('the title is not there')
  faults.push(...(await load.faults(world)))
  const accepted = await run('rebuild', environmentOf(world, LATER), ['--accept'], signal)
  assert.equal(accepted.code, 0, accepted.said)
  await until('what is lost is told no more', signal, async () => !(await warns(services)))
  return faults
}

/** Events of one video, batch after batch, as long as it is not stopped. */
class Load {
  readonly sent: { readonly event: TallyEvent; readonly acknowledgedMs: number }[] = []
  readonly #client: Client
  readonly #signal: AbortSignal
  #isStopped = false

  constructor(client: Client, signal: AbortSignal) {
    this.#client = client
    this.#signal = signal
  }

  stop(): void {
    this.#isStopped = true
  }

  async run(): Promise<void> {
    while (!this.#isStopped) {
      const { videoId, type, batch } = LOAD
      const events = Array.from({ length: batch }, (_, i): TallyEvent => {
        return { videoId, type, id: `load${this.sent.length + i}`, time: Date.now() }
      })
      const { accepted } = await this.#client.processEvents(events, { signal: this.#signal })
      assert.equal(accepted, batch)
      this.sent.push(...events.map((event) => ({ event, acknowledgedMs: Date.now() })))
      await setImmediate()
    }
  }

  /** Whatever was acknowledged before the backup's time counts; sent again, all of it counts once. */
  async faults(world: World): Promise<readonly string[]> {
    const { default: manifest } = await import(join(world.directory, 'backup', 'manifest.json'), {
      with: { type: 'json' },
    })
    const asOfMs = Date.parse(manifest.asOf)
    const before = this.sent.filter(({ acknowledgedMs }) => acknowledgedMs < asOfMs).length
    const counted = await this.#counted()
    const faults: string[] = []
    if (counted < before || counted > this.sent.length)
      faults.push(`${counted} of the load, of which ${before} were there before ${manifest.asOf}`)
    say(`of the load ${counted} count, ${before} were acknowledged before ${manifest.asOf}`)
    for (let at = 0; at < this.sent.length; at += 500) {
      const events = this.sent.slice(at, at + 500).map(({ event }) => event)
      await this.#client.processEvents(events, { signal: this.#signal })
    }
    await until('the load is recounted', this.#signal, async () => {
      return (await this.#counted()) === this.sent.length
    }).catch(() => {})
    const all = await this.#counted()
    if (all !== this.sent.length) faults.push(`${all} of the load, not ${this.sent.length}`)
    say(`sent again, ${all} of ${this.sent.length} count`)
    return faults
  }

  async #counted(): Promise<number> {
    const { videoId, type } = LOAD
    const { value } = await this.#client.getStats(videoId, type, 'count', undefined, undefined, {
      signal: this.#signal,
    })
    return value ?? 0
  }
}

async function backUp(world: World, out: string): Promise<number> {
  const startMs = performance.now()
  const { code, said } = await run('backup', environmentOf(world), ['--out', out], world.signal)
  assert.equal(code, 0, said)
  console.log(said.trim())
  return performance.now() - startMs
}

/** Services are killed, and nothing is left but the backup and the keys. */
async function destroy(world: World): Promise<void> {
  const { cluster } = world
  for (const service of cluster.services) await service.kill()
  const kinds = ['kafka', 'cassandra', 'redis'] as const
  await cluster.servers.down(kinds, { wipe: true })
  const folders = cluster.services.map(({ spec }) => spec.environment.DATA_DIR!)
  for (const folder of [...folders, archiveOf(world), join(archiveOf(world), '..', 'overflow')]) {
    await rm(folder, { recursive: true, force: true })
  }
  await cluster.servers.up({ kafka: 1, cassandra: 1, redis: 1 })
}

/** Killed while it copies the archive, and while it writes counts. Returns how long the whole run took, in ms. */
async function restoreKilled(world: World, out: string): Promise<number> {
  const { signal } = world
  const environment = environmentOf(world)
  const args = ['--from', out]
  const files = (await filesBelow(join(out, 'archive'))).length
  const isHalf = async () => (await filesBelow(archiveOf(world))).length > files / 2
  for (const [when, isThere] of [
    ['half of the archive is there', isHalf],
    ['the first rows of counts are there', () => hasRows(world)],
  ] as const) {
    const { ended, kill } = begin('restore', environment, args, signal)
    let hasEnded = false
    void ended.then(() => {
      hasEnded = true
    })
    await until(when, signal, async () => hasEnded || (await isThere()))
    kill()
    const { code, said } = await ended
    assert.equal(code, null, said)
    say(`the restore is killed when ${when}`)
    await refusedMeanwhile(world)
  }
  const startMs = performance.now()
  const { code, said } = await run('restore', environment, args, signal)
  assert.equal(code, 0, said)
  console.log(said.trim())
  return performance.now() - startMs
}

async function refusedMeanwhile(world: World): Promise<void> {
  const { cluster, directory, signal } = world
  const service = cluster.service('query-1')
  await assert.rejects(service.start(), /ended before it was ready/)
  assert.match(await readFile(service.spec.logFile, 'utf8'), HALF_RESTORED)
  for (const [tool, args] of [
    ['rebuild', ['--yes']],
    ['backup', ['--out', join(directory, 'another')]],
  ] as const) {
    const { code, said } = await run(tool, environmentOf(world), args, signal)
    assert.equal(code, 1, said)
    assert.match(said, HALF_RESTORED)
  }
  say('until it has ended, services, rebuilds and backups are refused')
}

async function hasRows({ cluster }: World): Promise<boolean> {
  const settings = readCassandraSettings(new SettingsReader(cluster.services[0]!.spec.environment))
  const client = await connect(settings, null, CONNECT_DEPS)
  try {
    return (await client.execute('SELECT * FROM tally.shared_counts LIMIT 1')).rowLength > 0
  } finally {
    await client.shutdown()
  }
}

/** The oldest raw file, whose hour gets no events any more. */
async function damage(archive: string): Promise<string> {
  const raw = (await filesBelow(archive)).filter((path) => path.includes(`${archive}/date=`)).sort()
  const [path] = raw
  await using file = await open(path!, 'r+')
  const { size } = await stat(path!)
  const at = Math.floor(size / 2)
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, at)
  await file.write(Buffer.of(buffer[0]! ^ 1), 0, 1, at)
  return path!.slice(archive.length + 1)
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])
  return found.filter((one) => one.isFile()).map(({ parentPath, name }) => join(parentPath, name))
}

function archiveOf({ cluster }: World): string {
  return cluster.services[0]!.spec.environment.ARCHIVE_URL!.slice('file:'.length)
}

async function putTitle({ cluster, signal }: World): Promise<void> {
  const answer = await fetch(`${cluster.url}/v1/videos/video.1`, {
    ...{ method: 'PUT', signal, body: JSON.stringify(TITLE) },
    headers: { 'content-type': 'application/json' },
  })
  assert.ok(answer.ok, await answer.text())
}

async function titleOf({ cluster, signal }: World): Promise<string | undefined> {
  const answer = await fetch(`${cluster.url}/v1/videos/video.1`, { signal })
  return ((await answer.json()) as { title?: string }).title
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1)
}
