// What is removed stays removed: also where a removal was half done, and in tables that are made anew of what
// compaction has left of the topic.
import assert from 'node:assert/strict'
import { after, beforeEach, test } from 'node:test'
import { systemClock } from '../../lib/system-clock.ts'
import { MemoryClient } from '../../testing/memory-kafka-client.ts'
import { MemoryTitles } from '../../testing/memory-titles.ts'
import { until } from '../../testing/until.ts'
import { ReadLimits } from './read-limits.ts'
import { openSharedVideos, type SharedVideos } from './shared-videos.ts'
import { fromRecord, toMessage } from './video-message.ts'
import type { Change } from './video-store.ts'

const TOPIC = 't.videos'
const CAT = { title: 'Cat', channel: null, durationSeconds: null, publishedMs: null }

/** Closed at the end even if a test fails. */
const opened: SharedVideos[] = []
after(() => Promise.all(opened.map((videos) => videos.close())))

let client: MemoryClient
let titles: MemoryTitles
let videos: SharedVideos
let before: (call: string) => void

beforeEach(async () => {
  client = new MemoryClient(systemClock)
  client.topics.set(TOPIC, [[]])
  titles = new MemoryTitles()
  before = () => {}
  videos = await openSharedVideos({
    ...{ client, clock: systemClock, prefix: 't', worker: 'one', limits: new ReadLimits(null, systemClock) },
    store: titles.seenBy((call) => before(call)),
    onTrouble: () => {},
  })
  opened.push(videos)
})

/** What compaction leaves: the latest record of each key, in order. */
function compacted(): Change[] {
  const latest = new Map<string, Change>()
  for (const record of client.topics.get(TOPIC)![0]!) {
    const key = String(record.key)
    latest.delete(key)
    latest.set(key, fromRecord(record)!)
  }
  return Array.from(latest.values())
}

function notesLeft(): readonly Change[] {
  return compacted().filter((change) => 'annotationId' in change && change.annotation !== null)
}

test('a removal that was half done is done as a whole when it is repeated', async () => {
  await videos.put('', 'v', CAT)
  const notes = Array.from({ length: 150 }, (_, i) => ({ annotationId: `n${i}`, timeMs: i, text: 'secret' }))
  for (const note of notes) await videos.annotate('', 'v', note)
  before = (call) => {
    if (call === 'claim' || call.startsWith('write')) throw new Error('away')
  }
  await assert.rejects(videos.remove('', 'v'), /away/)
  before = () => {}
  const end = client.topics.get(TOPIC)![0]!.length
  await until('all is applied', () => titles.progress.get(0)!.appliedTo === end)
  await videos.remove('', 'v')
  await videos.put('', 'v', CAT)
  assert.deepEqual(notesLeft(), [])
})

test('a note that is in the topic, but not in the tables yet, goes with its video', async () => {
  await videos.put('', 'v', CAT)
  before = (call) => {
    if (call === 'claim' || call === 'writeAnnotation') throw new Error('away')
  }
  await assert.rejects(videos.annotate('', 'v', { annotationId: 'n', timeMs: 1, text: 'secret' }), /away/)
  before = (call) => {
    if (call === 'claim') throw new Error('away')
  }
  await videos.remove('', 'v')
  await videos.put('', 'v', CAT)
  assert.deepEqual(notesLeft(), [])
})

test('a note that is set while its video is being removed goes with it, and one that is set later stays', async () => {
  await videos.put('', 'v', CAT)
  await videos.annotate('', 'v', { annotationId: 'n1', timeMs: 1, text: 'secret' })
  const { produce } = client
  const set = (annotationId: string) => {
    const annotation = { timeMs: 1, text: 'x' }
    return produce.call(client, TOPIC, 0, [toMessage({ tenant: '', videoId: 'v', annotationId, annotation })])
  }
  client.produce = async (...args) => {
    client.produce = produce
    await set('n2')
    await set('n3')
    const offset = await produce.apply(client, args)
    await set('n3')
    return offset
  }
  await videos.remove('', 'v')
  await videos.put('', 'v', CAT)
  assert.deepEqual(
    notesLeft().map((change) => 'annotationId' in change && change.annotationId),
    ['n3'],
  )
})

test('such a note can be removed by itself', async () => {
  before = (call) => {
    if (call === 'claim' || call === 'writeAnnotation') throw new Error('away')
  }
  await assert.rejects(videos.annotate('', 'v', { annotationId: 'n', timeMs: 1, text: 'secret' }), /away/)
  before = () => {}
  await videos.removeAnnotation('', 'v', 'n')
  assert.deepEqual(notesLeft(), [])
  await until('all is applied', () => titles.progress.get(0)!.appliedTo === 2)
  assert.deepEqual(await videos.annotations('', 'v'), [])
})

test('to remove what is not there leaves nothing behind', async () => {
  await videos.put('', 'v', CAT)
  await videos.annotate('', 'v', { annotationId: 'n', timeMs: 1, text: 'x' })
  await videos.removeAnnotation('', 'v', 'another')
  await videos.removeAnnotation('', 'another', 'n')
  await videos.remove('', 'another')
  assert.equal(client.topics.get(TOPIC)![0]!.length, 2)
  await videos.removeAnnotation('', 'v', 'n')
  await videos.remove('', 'v')
  assert.equal(client.topics.get(TOPIC)![0]!.length, 4)
  await until('all is applied', () => titles.progress.get(0)!.appliedTo === 4)
  await videos.removeAnnotation('', 'v', 'n')
  await videos.remove('', 'v')
  assert.equal(client.topics.get(TOPIC)![0]!.length, 4)
})
