// A start on servers that fails half-way, with everything real but the client of Kafka.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { SettingsReader } from '../../lib/settings-reader.ts'
import { systemClock as clock } from '../../lib/system-clock.ts'
import { MemoryClient } from '../../testing/memory-kafka-client.ts'
import { recordedOpening } from '../../testing/recorded-opening.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { readCassandraSettings } from '../cassandra/cassandra-settings.ts'
import { LevelDatabase } from '../disk/level-database.ts'
import { createTopics } from '../log/kafka/create-topics.ts'
import { readKafkaSettings } from '../log/kafka/kafka-settings.ts'
import { LogError } from '../log/log.ts'
import { openCounts } from './on-cassandra.ts'
import { openKafka, openLayouts, openSpooledLog } from './on-kafka.ts'

const TOPICS = {
  partitions: 2,
  replicationFactor: 1,
  minInSyncReplicas: 1,
  retentionMs: 1,
  retentionBytes: -1,
}
/** Nothing listens there. */
const NOWHERE = new SettingsReader({ CASSANDRA_CONTACT_POINTS: '127.0.0.1:1' })
const kafkaSettings = readKafkaSettings(new SettingsReader({}))

class WatchedClient extends MemoryClient {
  isClosed = false

  override async close(): Promise<void> {
    this.isClosed = true
  }
}

async function watchedClient(): Promise<WatchedClient> {
  const client = new WatchedClient(clock)
  const newIncarnation = () => 'abad1dea'
  await createTopics({ ...TOPICS, client, clock, prefix: kafkaSettings.prefix, newIncarnation })
  return client
}

const away = () => {
  throw new LogError('unavailable', 'Kafka is away.')
}

/** In the order of opening. */
const STEPS = ['kafka', 'layouts', 'spool', 'counts'] as const

/** Opens all, of which one fails: the counts always do. */
async function openWithout(failing: (typeof STEPS)[number], dataDirectory: string, client: WatchedClient) {
  const opening = recordedOpening()
  const hold = () => LevelDatabase.open(join(dataDirectory, 'spool'), () => [])
  const held = failing === 'spool' ? await hold() : null
  client.before = failing === 'kafka' ? away : () => setImmediate() // whoever follows leaves time to others
  const open = async () => {
    const kafka = await openKafka(opening, kafkaSettings, () => client)
    if (failing === 'layouts') client.before = away
    await openLayouts(opening, kafka, kafkaSettings, null)
    await openSpooledLog(opening, kafka.log, { dataDirectory, spoolBytesMax: 1e6, appendTimeoutMs: 1_000 })
    await openCounts(opening, readCassandraSettings(NOWHERE))
  }
  await assert.rejects(open(), { code: held === null ? 'unavailable' : 'locked' })
  await opening.stack.disposeAsync()
  await held?.close()
  await (await hold()).close() // nobody else has it open
  return opening.stack.closed
}

for (const [opened, failing] of STEPS.entries()) {
  test(`where the ${failing} cannot be opened, all that was opened before is closed, in reverse`, async () => {
    await using directory = await temporaryDirectory()
    const client = await watchedClient()
    const closed = await openWithout(failing, directory.path, client)
    assert.deepEqual(closed, [2, 1, 0].slice(3 - opened))
    assert.ok(client.isClosed)
  })
}

test('a leader that is still elected is waited for, and said', async () => {
  const client = await watchedClient()
  const opening = recordedOpening()
  const kafka = await openKafka(opening, kafkaSettings, () => client)
  const told: string[] = []
  client.before = () => {
    if (told.length < 2)
      throw new LogError('unavailable', 'Kafka failed: in the middle of a leadership election.')
  }
  const onRetry = (what: string) => told.push(what)
  await openLayouts({ ...opening, onRetry }, kafka, kafkaSettings, null)
  assert.deepEqual(told, Array(2).fill('read the layouts'))
  await opening.stack.disposeAsync()
})
