// The contracts of videos on a real Cassandra, with the topic in memory.
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { systemClock } from '../../../lib/system-clock.ts'
import { openTestKeyspace } from '../../../testing/cassandra-keyspace.ts'
import { MemoryClient } from '../../../testing/memory-kafka-client.ts'
import { reopenedVideos } from '../../../testing/reopened-videos.ts'
import { until } from '../../../testing/until.ts'
import { DEFAULT_LEVELS } from '../../cassandra/consistency.ts'
import { annotationsContract } from '../annotations-contract.ts'
import { ReadLimits } from '../read-limits.ts'
import { openSharedVideos } from '../shared-videos.ts'
import { toMessage } from '../video-message.ts'
import { videosContract } from '../videos-contract.ts'
import { CassandraTitles } from './cassandra-titles.ts'

const LEVELS = { ...DEFAULT_LEVELS, promised: () => ({ isQueryFresh: true, fault: null }) }
const CAT = { title: 'Cat', channel: 'Pets', durationSeconds: null, publishedMs: null }

const keyspace = await openTestKeyspace()
after(() => keyspace[Symbol.asyncDispose]())
let topics = 0

function world() {
  const client = new MemoryClient(systemClock)
  client.topics.set('t.videos', [[]])
  const topic = `t${++topics}`
  const store = () => new CassandraTitles(keyspace.client, LEVELS, topic, systemClock.nowMs)
  const open = (worker = 'one') =>
    openSharedVideos({
      ...{ client, clock: systemClock, prefix: 't', worker, limits: new ReadLimits(null, systemClock) },
      store: store(),
      onTrouble: (error) => console.error(error),
    })
  return { client, store, open }
}

const opened = () => reopenedVideos(world().open)
videosContract('The videos on Cassandra', opened)
annotationsContract('Annotations on Cassandra', opened)

test('of two writes that with the higher offset wins, and of the same offset a removal', async () => {
  const { writes, reads } = world().store().of(0)
  const name = { tenant: '', videoId: 'v' }
  await writes.writeVideo(name, { ...CAT, title: 'later' }, 7)
  await writes.writeVideo(name, CAT, 5)
  await writes.writeVideo(name, null, 6)
  assert.deepEqual(await writes.stored(name), { video: { ...CAT, title: 'later' }, offset: 7 })
  const entry = { kind: 'id', group: '', text: 'v' } as const
  const range = { ...entry, tenant: '', prefix: '', after: null }
  await writes.writeEntries(name, { added: [entry], removed: [] }, 0)
  assert.deepEqual(await reads.entries(range, 10), ['v'])
  await writes.writeEntries(name, { added: [entry], removed: [] }, 5)
  await writes.writeEntries(name, { added: [], removed: [entry] }, 4)
  assert.deepEqual(await reads.entries(range, 10), ['v'])
  await writes.writeEntries(name, { added: [], removed: [entry] }, 5)
  await writes.writeEntries(name, { added: [entry], removed: [] }, 5)
  assert.deepEqual(await reads.entries(range, 10), [])
  const note = { ...name, annotationId: 'a', annotation: { timeMs: 1, text: 'x' } }
  await writes.writeAnnotation(note, 9)
  await writes.removeAnnotations(name, 8)
  assert.equal(await reads.annotationCount('', 10), 1)
  await writes.removeAnnotations(name, 9)
  assert.deepEqual(await reads.annotations(name, 10), [])
})

test('one process at a time applies, the mark never goes back, and a new life begins at its start', async () => {
  const { store } = world()
  const [one, other] = [store(), store()]
  assert.equal(await one.progress(), null)
  await Promise.all([one.begin(0), other.begin(0)])
  assert.deepEqual([await one.claim(0, 'one'), await other.claim(0, 'other')], [true, false])
  assert.ok(await one.claim(0, 'one'))
  await other.release(0, 'other')
  assert.ok(!(await other.claim(0, 'other')))
  await one.release(0, 'one')
  assert.deepEqual([await other.claim(0, 'other'), await one.claim(0, 'one')], [true, false])
  await one.note(0, 50)
  await other.note(0, 40)
  await one.noteWhole(0)
  assert.deepEqual(await other.progress(), { life: 0, appliedTo: 50, isWhole: true })
  await other.begin(1)
  await other.begin(0)
  assert.deepEqual(await one.progress(), { life: 1, appliedTo: 0, isWhole: false })
})

test('what an earlier release put into the topic is found by all', async () => {
  const { client, open } = world()
  const videos = Array.from({ length: 300 }, (_, i) => ({ tenant: '', videoId: `v${i}`, video: CAT }))
  await client.produce('t.videos', 0, videos.map(toMessage))
  const [one, other] = [await open(), await open('other')]
  await until('all is applied', () => one.isWhole && other.isWhole)
  assert.equal((await other.search('', 'cat', 500)).videos.length, 300)
  assert.deepEqual(await one.channels('', 'pet', 5), ['Pets'])
  assert.equal((await one.channelVideos('', 'Pets', 500)).length, 300)
  await Promise.all([one.close(), other.close()])
})
