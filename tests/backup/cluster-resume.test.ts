// A restore that goes on after a kill: what is there must be what it has written itself.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { letterId } from '../../services/partitioner/dead-letters/letter.ts'
import { Random } from '../../simulator/random.ts'
import type { Alert } from '../../stores/alerts/alerts.ts'
import { isHalfRestored } from '../../stores/counts/rebuilds.ts'
import { createTopics } from '../../stores/log/kafka/create-topics.ts'
import { videosTopicOf } from '../../stores/log/kafka/topics.ts'
import { sourceOf } from '../../stores/log/lanes.ts'
import { LogError } from '../../stores/log/log.ts'
import type { MemoryClient } from '../../testing/memory-kafka-client.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { backUpCluster } from '../../tools/backup/cluster/run-cluster.ts'
import type { NewCluster } from '../../tools/restore/cluster/cluster.ts'
import { checkedBackup, restoreCluster } from '../../tools/restore/cluster/run-cluster.ts'
import { copiedCluster, newCluster, QUIET, storesOf } from './cluster-commands.ts'
import { begun, Life, newEvent, PREFIX, TOPICS } from './cluster-world.ts'

const BEGIN = Date.UTC(2026, 10, 20, 3, 20)
const KEY = Buffer.from('\tv0')
const ALERT: Alert = {
  ...{ tenant: '', alertId: 'a', videoId: 'v0', eventType: 'view', url: 'https://x', secret: 'whsec_' },
  ...{ condition: { kind: 'silent', minutes: 5 }, incarnation: 'i', createdMs: 1, disabled: null },
  ...{ milestones: [], revision: 1 },
}
const LEDGER = { records: 0, events: 0, counted: 0, duplicate: 0, late: 0, dead: 0, deadRecords: 0 }

class Killed extends Error {}

/**
 * A cluster with something of everything, its backup, and a new cluster into which it was restored up to its end.
 * @param last what was not done any more: that the log is declared, or only that it is said to have ended
 */
async function killedAtTheEnd(directory: string, last: 'declared' | 'ended' = 'ended') {
  const { life: one } = await begun(BEGIN, directory, 12)
  const { clock } = one
  for (let i = 0; i < 2; i++) await (await one.log()).append('events-dead', 0, Uint8Array.of(i))
  const [source] = await (await one.log()).sources('events-dead')
  const key = letterId({ sourceId: source!.id, offset: 0 })
  await one.journal.append('dead-letters', { atMs: 1, key, body: { act: 'discarded', identity: null } })
  await one.client.produce(videosTopicOf(PREFIX), 0, [
    { key: KEY, value: Buffer.from('{"title":"A title"}') },
  ])
  await one.alerts.write(ALERT, null)
  const out = join(directory, 'backup')
  await mkdir(out)
  await backUpCluster(await copiedCluster(one), out, clock, QUIET)
  clock.turn = async () => {}
  const two = new Life(clock, directory)
  const backup = await checkedBackup(out, clock, QUIET)
  const restored = (change: Partial<NewCluster> = {}) =>
    restoreCluster({ ...newCluster(two), ...change }, backup, clock, QUIET)
  const killed =
    last === 'ended' ? { openStores: async () => killing(two) } : { client: declaringNothing(two.client) }
  await assert.rejects(restored(killed), Killed)
  assert.equal(isHalfRestored(two.noted), true)
  return { two, restored }
}

/** When the log is to be declared. */
function declaringNothing(client: MemoryClient): MemoryClient {
  const produce: MemoryClient['produce'] = async (topic, partition, messages, ...rest) => {
    if (String(messages[0]!.key).startsWith('incarnation-')) throw new Killed()
    return client.produce(topic, partition, messages, ...rest)
  }
  return calledOn(Object.assign(Object.create(client), { produce }), client)
}

/** When it says that it has ended. */
function killing(life: Life) {
  const stores = storesOf(life)
  const rebuilds: typeof stores.rebuilds = {
    readRebuild: () => stores.rebuilds.readRebuild(),
    writeRebuild: async (rebuild) => {
      if (rebuild.isPrepared) throw new Killed()
      await stores.rebuilds.writeRebuild(rebuild)
    },
  }
  return { ...stores, rebuilds }
}

test('what a killed restore has written is equal, and it goes on', async () => {
  await using directory = await temporaryDirectory()
  const { two, restored } = await killedAtTheEnd(directory.path)
  await restored()
  assert.equal(isHalfRestored(two.noted), false)
  const [source] = await (await two.log()).sources('events-dead')
  assert.equal((await (await two.log()).bounds(source!)).endOffset, 2)
})

const FOREIGN: readonly (readonly [string, RegExp, (life: Life) => Promise<unknown>])[] = [
  [
    'a title',
    /There is a title or an annotation in tally\.videos that is not of this backup/,
    (life) => life.client.produce(videosTopicOf(PREFIX), 0, [{ key: KEY, value: Buffer.from('another') }]),
  ],
  [
    'a dead letter',
    /the dead letter \w+-0:1 that is not/,
    async (life) => {
      life.client.topics.get(deadTopicOf(life))![0]![1]!.bytes[0] = 9
    },
  ],
  [
    'one dead letter too many',
    /the dead letter \w+-0:2 that is not/,
    (life) => life.client.produce(deadTopicOf(life), 0, [{ key: null, value: Uint8Array.of(7) }]),
  ],
  [
    'an act on a dead letter',
    /an act on the dead letter \w+-0:0 that is not/,
    async (life) => {
      const incarnation = deadTopicOf(life).split('.').at(-1)!
      const key = letterId({ sourceId: sourceOf(incarnation, 'events-dead', 0).id, offset: 0 })
      await life.journal.append('dead-letters', { atMs: 2, key, body: { act: 'replayed' } })
    },
  ],
  [
    'an alert',
    /the alert a that is not/,
    (life) => life.alerts.write({ ...ALERT, url: 'https://y', revision: 2 }, ALERT),
  ],
  [
    'an entry of the journal',
    /an entry of the journal \(privacy\) that is not/,
    (life) => life.journal.append('privacy', { atMs: 1, key: 'x', body: {} }),
  ],
  [
    'an audit',
    /an audit of an hour that is not/,
    async (life) => {
      const [audit] = await life.rollups.readHours(0, 1e9)
      await life.rollups.writeHours([{ ...audit!, version: audit!.version + 1 }])
    },
  ],
  [
    'a recount',
    /a note of a recount that is not/,
    async (life) => {
      const noted = await life.rollups.readReconciled()
      await life.rollups.writeReconciled({ ...noted!, version: noted!.version + 1 })
    },
  ],
  [
    'a checkpoint',
    /a checkpoint of aa-0 that is not/,
    (life) => life.counts.writeCheckpoint('aa-0', { offset: 1, logTimeMs: 1, ledger: LEDGER }),
  ],
  [
    'an object of the archive',
    /holds 1 files that are not of the backup, like date=/,
    async (life) => {
      const [raw] = await life.objects.list('date=')
      await life.objects.write(raw!.key, new Uint8Array(raw!.bytes))
    },
  ],
]

function deadTopicOf({ client }: Life): string {
  return Array.from(client.topics.keys()).find((name) => name.includes('events-dead'))!
}

for (const [what, message, put] of FOREIGN) {
  test(`${what} of somebody else is refused in words, and left`, async () => {
    await using directory = await temporaryDirectory()
    const { two, restored } = await killedAtTheEnd(directory.path, 'declared')
    await put(two)
    await assert.rejects(restored(), (error: Error) => {
      assert.equal(error.name, 'Fault')
      assert.match(error.message, message)
      assert.doesNotMatch(error.message, /remove the topics/i) // they may hold acknowledged events
      return true
    })
    assert.equal(isHalfRestored(two.noted), true)
  })
}

test('there is no log that could take anything before everything is restored', async () => {
  await using directory = await temporaryDirectory()
  const { two, restored } = await killedAtTheEnd(directory.path, 'declared')
  await assert.rejects(two.log(), { code: 'unknown_partition' })
  assert.deepEqual(await two.alerts.all(), [ALERT])
  assert.equal(two.client.topics.get(deadTopicOf(two))![0]!.length, 2)
  await restored()
  assert.equal((await two.log()).incarnation, deadTopicOf(two).split('.').at(-1))
})

test('what partitioners take before a killed restore goes on stays, and does not keep it from going on', async () => {
  await using directory = await temporaryDirectory()
  const { two, restored } = await killedAtTheEnd(directory.path)
  const random = new Random(2)
  for (let i = 0; i < 5; i++) await two.append(newEvent(random, two.clock.nowMs(), i), random)
  await (await two.log()).append('events-dead', 0, Uint8Array.of(7))
  await two.client.produce(videosTopicOf(PREFIX), 0, [{ key: KEY, value: Buffer.from('{"title":"Newer"}') }])
  const sizes = () => two.client.topics.values().map((partitions) => partitions.map(({ length }) => length))
  const before = Array.from(sizes())
  await restored()
  assert.equal(isHalfRestored(two.noted), false)
  assert.deepEqual(Array.from(sizes()), before)
})

test('nobody makes topics of another incarnation before a restore has ended', async () => {
  await using directory = await temporaryDirectory()
  const { two, restored } = await killedAtTheEnd(directory.path, 'declared')
  const { client, clock } = two
  const make = (newIncarnation: () => string) =>
    createTopics({ ...TOPICS, client, clock, prefix: PREFIX, partitions: 2, newIncarnation })
  const message = /A backup was not restored to its end .* npm run restore -- --cluster again/
  await assert.rejects(
    make(() => 'bb000000'),
    message,
  )
  await assert.rejects(two.log(), message)
  await restored()
  await make(() => 'bb000000')
  assert.equal((await two.log()).incarnation, deadTopicOf(two).split('.').at(-1))
})

test('of two restores at once the one that began later goes on', async () => {
  await using directory = await temporaryDirectory()
  const { two, restored } = await killedAtTheEnd(directory.path)
  let isOvertaken = false
  const overtaken = async () => {
    const stores = storesOf(two)
    const writeReconciled: typeof stores.rollups.writeReconciled = async (reconciled) => {
      await stores.rollups.writeReconciled(reconciled)
      if (isOvertaken) return
      isOvertaken = true
      await restored()
    }
    const rollups = Object.assign(Object.create(stores.rollups), { writeReconciled })
    return { ...stores, rollups: calledOn(rollups, stores.rollups) }
  }
  await assert.rejects(restored({ openStores: overtaken }), /Another restore of this backup has begun later/)
  assert.equal(isHalfRestored(two.noted), false)
})

/** A new cluster, into whose archive nothing was written when something else happens. */
async function disturbedAtTheArchive(
  directory: string,
  at: number,
  disturb: (life: Life) => Promise<unknown>,
) {
  const { two, restored } = await killedAtTheEnd(directory)
  const raw = await two.objects.list('date=')
  await two.objects.remove(raw.map(({ key }) => key))
  let writes = 0
  const written: string[] = []
  const write: Life['objects']['write'] = async (key, bytes) => {
    written.push(key)
    await two.objects.write(key, bytes)
    if (++writes === at) await disturb(two)
  }
  const objects = calledOn(Object.assign(Object.create(two.objects), { write }), two.objects)
  return { two, restored, objects, written, of: raw.length }
}

test('a restore that another one has overtaken puts no more files into the archive', async () => {
  await using directory = await temporaryDirectory()
  const world = await disturbedAtTheArchive(directory.path, 1, async ({ noted, rebuilds }) => {
    await rebuilds.writeRebuild({ ...noted!, version: noted!.version + 1, restorer: 'another' })
  })
  const { restored, objects, written, of } = world
  await assert.rejects(restored({ objects }), /Another restore of this backup has begun later/)
  assert.ok(of > 1)
  assert.equal(written.length, 1)
})

test('files that another restore has put into the archive are refused, before and after it is taken over', async () => {
  const foreign = (life: Life) => life.objects.write('date=2026-11-20/hour=01/x.00000000.parquet', KEY)
  const message = /holds 1 files that are not of the backup, like date=2026-11-20\/hour=01\/x/
  await using first = await temporaryDirectory()
  const { two, restored } = await killedAtTheEnd(first.path, 'declared')
  const openStores = async () => {
    await foreign(two) // after the first look
    return storesOf(two)
  }
  const write = () => assert.fail('nothing may be written')
  const objects = calledOn(Object.assign(Object.create(two.objects), { write }), two.objects)
  await assert.rejects(restored({ openStores, objects }), message)
  await using second = await temporaryDirectory()
  const later = await killedAtTheEnd(second.path, 'declared')
  const atTheEnd = async () => {
    const stores = storesOf(later.two)
    const writeHours: typeof stores.rollups.writeHours = async (audits) => {
      await stores.rollups.writeHours(audits)
      await foreign(later.two)
    }
    const rollups = Object.assign(Object.create(stores.rollups), { writeHours })
    return { ...stores, rollups: calledOn(rollups, stores.rollups) }
  }
  await assert.rejects(later.restored({ openStores: atTheEnd }), message)
  await assert.rejects(later.two.log(), { code: 'unknown_partition' })
})

test('nobody may have begun to count before it is noted that a backup is restored', async () => {
  await using directory = await temporaryDirectory()
  const { restored } = await killedAtTheEnd(directory.path)
  let looks = 0
  await assert.rejects(
    restored({ members: async () => (looks++ === 0 ? 0 : 1) }),
    /Processes are still in the groups .* Stop partitioners too\. What is restored so far stays/,
  )
})

test('a new Kafka has no coordinator of groups for a moment, which is waited for', async () => {
  await using directory = await temporaryDirectory()
  const { two, restored } = await killedAtTheEnd(directory.path)
  let looks = 0
  const members = async () => {
    if (looks++ < 3) throw new LogError('unavailable', 'The coordinator is not available.')
    return 0
  }
  await restored({ members })
  assert.equal(isHalfRestored(two.noted), false)
})

/** Methods that `over` does not have itself are called on the target, which has private fields. */
function calledOn<T extends object>(over: T, target: T): T {
  return new Proxy(over, {
    get: (_, name) => {
      if (Object.hasOwn(over, name)) return Reflect.get(over, name)
      const value = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  })
}
