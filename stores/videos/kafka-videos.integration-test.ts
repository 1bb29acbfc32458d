// The videos contract on real brokers, with each client library: topics as createTopics makes them, compaction and all.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { systemClock } from '../../lib/system-clock.ts'
import { testBrokers } from '../../testing/kafka-brokers.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { until } from '../../testing/until.ts'
import { createTopics } from '../log/kafka/create-topics.ts'
import type { KafkaClient } from '../log/kafka/kafka-client.ts'
import { CLIENTS } from '../log/kafka/kafka-clients.ts'
import { videosTopicOf } from '../log/kafka/topics.ts'
import { annotationsContract } from './annotations-contract.ts'
import { openKafkaVideos } from './kafka-videos.ts'
import { videosContract } from './videos-contract.ts'

const SETTINGS = { replicationFactor: 1, minInSyncReplicas: 1, retentionMs: 3_600_000, retentionBytes: -1 }
const CHANGES = 500

const brokers = testBrokers()

async function newPrefix(client: KafkaClient): Promise<string> {
  const prefix = `test-${randomBytes(6).toString('hex')}`
  const newIncarnation = () => randomBytes(4).toString('hex')
  await createTopics({ ...SETTINGS, client, clock: systemClock, prefix, partitions: 1, newIncarnation })
  return prefix
}

function open(client: KafkaClient, prefix: string, directory: string) {
  const onTrouble = (error: unknown) => console.error(error)
  return openKafkaVideos({ client, clock: systemClock, prefix, directory, onTrouble })
}

for (const [name, newClient] of Object.entries(CLIENTS)) {
  const client = newClient({ brokers, clientId: 'tally-test' })
  after(() => client.close())

  const opened = async () => {
    const directory = await temporaryDirectory()
    const prefix = await newPrefix(client)
    let videos = await open(client, prefix, directory.path)
    return {
      videos,
      async reopen() {
        await videos.close()
        videos = await open(client, prefix, directory.path)
        return videos
      },
      async close() {
        await videos.close()
        await directory[Symbol.asyncDispose]()
      },
    }
  }
  videosContract(`The videos on Kafka through ${name}`, opened)
  annotationsContract(`Annotations on Kafka through ${name}`, opened)

  it(`a process that comes late sees what all others have changed, through ${name}`, async () => {
    await using directory = await temporaryDirectory()
    const prefix = await newPrefix(client)
    const early = await open(client, prefix, join(directory.path, 'early'))
    const video = (i: number) => ({
      title: `take ${i}`,
      channel: null,
      durationSeconds: i,
      publishedMs: null,
    })
    await Promise.all(Array.from({ length: CHANGES }, (_, i) => early.put('', `v${i % 10}`, video(i))))
    await early.remove('', 'v0')
    const late = await open(client, prefix, join(directory.path, 'late'))
    const knows = async (videoId: string) => (await late.find('', videoId)) !== null
    await until('it knows all', async () => (await knows('v9')) && !(await knows('v0')))
    assert.deepEqual(await late.search('', '', 20), await early.search('', '', 20))
    assert.equal((await late.search('', '', 20)).videos.length, 9)
    assert.equal(await client.partitionCount(videosTopicOf(prefix)), 1)
    await Promise.all([early.close(), late.close()])
  })
}
