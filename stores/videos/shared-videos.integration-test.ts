// Shared titles on real brokers, with each client library; the tables are in memory. Those on a real Cassandra:
// cassandra/cassandra-titles.integration-test.ts.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { after, it } from 'node:test'
import { systemClock } from '../../lib/system-clock.ts'
import { testBrokers } from '../../testing/kafka-brokers.ts'
import { MemoryTitles } from '../../testing/memory-titles.ts'
import { reopenedVideos } from '../../testing/reopened-videos.ts'
import { until } from '../../testing/until.ts'
import { createTopics } from '../log/kafka/create-topics.ts'
import { CLIENTS } from '../log/kafka/kafka-clients.ts'
import { videosTopicOf } from '../log/kafka/topics.ts'
import { annotationsContract } from './annotations-contract.ts'
import { ReadLimits } from './read-limits.ts'
import { openSharedVideos } from './shared-videos.ts'
import { toMessage } from './video-message.ts'
import { videosContract } from './videos-contract.ts'

const SETTINGS = { replicationFactor: 1, minInSyncReplicas: 1, retentionMs: 3_600_000, retentionBytes: -1 }
const CAT = { title: 'Cat', channel: null, durationSeconds: null, publishedMs: null }

const brokers = testBrokers()

for (const [name, newClient] of Object.entries(CLIENTS)) {
  const client = newClient({ brokers, clientId: 'tally-test' })
  after(() => client.close())

  const world = async () => {
    const prefix = `test-${randomBytes(6).toString('hex')}`
    const newIncarnation = () => randomBytes(4).toString('hex')
    await createTopics({ ...SETTINGS, client, clock: systemClock, prefix, partitions: 1, newIncarnation })
    const titles = new MemoryTitles()
    const open = (worker = 'one') =>
      openSharedVideos({
        ...{ client, clock: systemClock, prefix, worker, limits: new ReadLimits(null, systemClock) },
        store: titles.seenBy(),
        onTrouble: (error) => console.error(error),
      })
    return { prefix, titles, open }
  }
  const opened = async () => reopenedVideos((await world()).open)
  videosContract(`The videos on Kafka through ${name}`, opened)
  annotationsContract(`Annotations on Kafka through ${name}`, opened)

  it(`what others put into the topic is applied, and the mark comes to its end, through ${name}`, async () => {
    const { prefix, titles, open } = await world()
    const videos = Array.from({ length: 3_000 }, (_, i) => ({ tenant: '', videoId: `v${i}`, video: CAT }))
    for (let at = 0; at < videos.length; at += 100)
      await client.produce(videosTopicOf(prefix), 0, videos.slice(at, at + 100).map(toMessage))
    const [one, other] = [await open(), await open('other')]
    await until('all is applied', () => one.isWhole && other.isWhole)
    assert.deepEqual(await other.find('', 'v2999'), CAT)
    await client.produce(videosTopicOf(prefix), 0, [toMessage({ tenant: '', videoId: 'v7', video: null })])
    await until('it is removed', async () => (await other.search('', 'v7', 1)).videos[0]?.videoId !== 'v7')
    await until('the mark is at the end', () => titles.progress.get(0)!.appliedTo === 3_001)
    await Promise.all([one.close(), other.close()])
  })

  it(`a topic that was made anew is another life, through ${name}`, async () => {
    const { titles, open } = await world()
    await titles.seenBy().begin(0)
    await titles.seenBy().note(0, 50) // of a topic that was longer
    await titles.seenBy().noteWhole(0)
    const videos = await open()
    await until('it is seen', () => titles.progress.get(1)?.isWhole ?? false)
    await videos.put('', 'v1', CAT)
    assert.deepEqual(await videos.find('', 'v1'), CAT)
    await videos.close()
  })
}
