import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../../lib/system-clock.ts'
import { MemoryClient } from '../../testing/memory-kafka-client.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { until } from '../../testing/until.ts'
import { numbersValue } from '../disk/checked-value.ts'
import { LevelDatabase } from '../disk/level-database.ts'
import { annotationsContract } from './annotations-contract.ts'
import { type KafkaVideos, openKafkaVideos } from './kafka-videos.ts'
import { videosContract } from './videos-contract.ts'

const CAT = { title: 'Cat', channel: null, durationSeconds: null, publishedMs: null }
/** The cluster in memory does not wait for news. */
const POLL_MS = 5

/** Closed at the end even if a test fails. */
const opened: KafkaVideos[] = []
after(() => Promise.all(opened.map((videos) => videos.close())))

function cluster(): MemoryClient {
  const client = new MemoryClient(systemClock)
  client.before = async (call) => {
    if (call === 'fetch') await sleep(POLL_MS)
  }
  client.topics.set('t.videos', [[]])
  return client
}

/** Waits of at most `hurriedMs` are cut short: those before another try, unless more is asked for. */
async function openOn(
  client: MemoryClient,
  directory: string,
  troubles: unknown[] = [],
  hurriedMs = 1_000,
): Promise<KafkaVideos> {
  const onTrouble = (error: unknown) => troubles.push(error)
  const clock = {
    ...systemClock,
    sleep: (ms: number, signal?: AbortSignal) => systemClock.sleep(ms <= hurriedMs ? ms / 20 : ms, signal),
  }
  const videos = await openKafkaVideos({ client, clock, prefix: 't', directory, onTrouble })
  opened.push(videos)
  return videos
}

const openedOnCluster = async () => {
  const directory = await temporaryDirectory()
  const client = cluster()
  let videos = await openOn(client, directory.path)
  return {
    videos,
    async reopen() {
      await videos.close()
      videos = await openOn(client, directory.path)
      return videos
    },
    async close() {
      await videos.close()
      await directory[Symbol.asyncDispose]()
    },
  }
}
videosContract('The videos on a cluster', openedOnCluster)
annotationsContract('Annotations on a cluster', openedOnCluster)

test('what one process changes, the others see', async () => {
  await using directory = await temporaryDirectory()
  const client = cluster()
  const one = await openOn(client, join(directory.path, 'one'))
  await one.put('', 'v1', CAT)
  const other = await openOn(client, join(directory.path, 'other'))
  await until('the other one finds it', async () => (await other.find('', 'v1')) !== null)
  await one.remove('', 'v1')
  await until('it is gone there too', async () => (await other.find('', 'v1')) === null)
  await Promise.all([one.close(), other.close()])
})

test('goes on where it had come to', async () => {
  await using directory = await temporaryDirectory()
  const client = cluster()
  const first = await openOn(client, directory.path)
  for (let i = 0; i < 5; i++) await first.put('', `v${i}`, CAT)
  await first.close()
  const fetched: number[] = []
  const { fetch } = client
  client.fetch = (topic, partition, offset, limit) => {
    fetched.push(offset)
    return fetch.call(client, topic, partition, offset, limit)
  }
  const second = await openOn(client, directory.path)
  await second.put('', 'v5', CAT)
  await second.close()
  assert.equal(fetched[0], 5)
})

test('a store that a release without annotations has filled is filled again', async () => {
  await using directory = await temporaryDirectory()
  const client = cluster()
  const first = await openOn(client, directory.path)
  const note = { annotationId: 'n1', timeMs: 5, text: 'trailer published' }
  await first.annotate('', 'v1', note)
  await first.put('', 'v1', CAT)
  await first.close()
  const database = await LevelDatabase.open(directory.path, () => [])
  const keys = (await database.level.keys().all()).filter((key) => key.startsWith('annotation/'))
  assert.equal(keys.length, 1)
  await database.write([
    ...keys.map((key) => ({ type: 'del', key }) as const),
    { type: 'put', key: 'followed', value: numbersValue('followed', [2]) },
  ])
  await database.close()
  const second = await openOn(client, directory.path)
  await until('it is filled again', async () => (await second.annotations('', 'v1')).length > 0)
  assert.deepEqual(await second.annotations('', 'v1'), [note])
  await second.close()
})

test('a topic that was made anew replaces what was known', async () => {
  await using directory = await temporaryDirectory()
  const client = cluster()
  const videos = await openOn(client, directory.path)
  for (const id of ['v1', 'v2']) await videos.put('', id, CAT)
  await videos.annotate('', 'v1', { annotationId: 'n1', timeMs: 5, text: 'trailer published' })
  client.topics.set('t.videos', [[]])
  await until('what was known is gone', async () => (await videos.find('', 'v1')) === null)
  await until('its notes too', async () => (await videos.annotations('', 'v1')).length === 0)
  assert.deepEqual((await videos.search('', 'cat', 10)).videos, [])
  await videos.put('', 'v3', CAT)
  assert.deepEqual(
    (await videos.search('', '', 10)).videos.map(({ videoId }) => videoId),
    ['v3'],
  )
  await videos.close()
})

test('a damaged store is thrown away and filled again', async () => {
  await using directory = await temporaryDirectory()
  const client = cluster()
  const first = await openOn(client, directory.path)
  await first.put('', 'v1', CAT)
  await first.close()
  await writeFile(join(directory.path, 'CURRENT'), 'nothing')
  const troubles: unknown[] = []
  const second = await openOn(client, directory.path, troubles)
  await until('it is filled again', async () => (await second.find('', 'v1')) !== null)
  assert.equal((troubles[0] as { code: string }).code, 'damaged')
  await second.close()
})

test('goes on over records that are not its own, and over a cluster that is away', async () => {
  await using directory = await temporaryDirectory()
  const client = cluster()
  const message = (key: string | null, value: string) => ({
    key: key === null ? null : Buffer.from(key),
    value: Buffer.from(value),
  })
  const foreign = [
    message(null, '{}'),
    message('a', '{}'),
    message('\tb\t', 'null'),
    message('\tb\tc', '{"timeMs":"1","text":"x"}'),
    message('\tb\tc\td', 'null'),
    message('\tb', '{'),
    message('\tb', '{"title":1}'),
  ]
  await client.produce('t.videos', 0, foreign)
  let failures = 3
  client.before = async (call) => {
    await sleep(POLL_MS)
    if (call === 'fetch' && failures-- > 0) throw new Error('away')
  }
  const troubles: unknown[] = []
  const videos = await openOn(client, directory.path, troubles)
  await videos.put('', 'v1', CAT)
  assert.deepEqual(
    (await videos.search('', '', 10)).videos.map(({ videoId }) => videoId),
    ['v1'],
  )
  assert.ok(troubles.length >= 4)
  await videos.close()
})

test('a change that does not come back is refused', async () => {
  await using directory = await temporaryDirectory()
  const client = cluster()
  const videos = await openOn(client, directory.path, [], 5_000)
  client.before = async (call) => {
    await sleep(POLL_MS)
    if (call === 'fetch') throw new Error('away')
  }
  await assert.rejects(videos.put('', 'v1', CAT), { name: 'LogError', code: 'unavailable' })
  await videos.close()
})
