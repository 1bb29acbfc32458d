import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../../lib/clock.ts'
import { Slots } from '../../lib/slots.ts'
import { MemoryClient } from '../../testing/memory-kafka-client.ts'
import { MemoryTitles } from '../../testing/memory-titles.ts'
import { LogError } from '../log/log.ts'
import { applyAll, TitleFollower } from './title-follower.ts'
import { toMessage } from './video-message.ts'

const TOPIC = 't.videos'
const CAT = { title: 'Cat', channel: null, durationSeconds: null, publishedMs: null }

const clock: Clock = {
  nowMs: () => 0,
  sleep: (_ms, signal) => new Promise((resolve) => signal?.addEventListener('abort', () => resolve())),
}

let client: MemoryClient
let titles: MemoryTitles
let troubles: unknown[]
let startOffset: number

beforeEach(() => {
  client = new MemoryClient(clock)
  client.topics.set(TOPIC, [[]])
  titles = new MemoryTitles()
  troubles = []
  startOffset = 0
})

function followerOf() {
  const asked: Pick<MemoryClient, 'fetch' | 'offsetOf'> = {
    offsetOf: (topic, partition, query) =>
      query === 'start' ? Promise.resolve(startOffset) : client.offsetOf(topic, partition, query),
    async fetch(...args) {
      if (args[2] < startOffset) throw new LogError('offset_out_of_range', 'There is no such offset.')
      return client.fetch(...args)
    },
  }
  return new TitleFollower({
    ...{ client: asked, topic: TOPIC, store: titles.seenBy(), clock, worker: 'one' },
    onTrouble: (error) => troubles.push(error),
  })
}

async function put(...ids: readonly string[]): Promise<void> {
  const messages = ids.map((videoId) => toMessage({ tenant: '', videoId, video: CAT }))
  await client.produce(TOPIC, 0, messages)
}

const { signal } = new AbortController()

test('records that left the topic before they were applied are reported, and all tables are made again', async () => {
  await put('v0')
  await followerOf().step(signal)
  await put('v1', 'v2', 'v3')
  startOffset = 3
  const follower = followerOf()
  await follower.step(signal)
  await follower.step(signal)
  assert.equal(follower.progress?.life, 1)
  assert.match(
    String(troubles[0]),
    /The changes from 1 to 2 have left topic t\.videos before they were applied/,
  )
  const { reads } = titles.seenBy().of(1)
  assert.deepEqual(await reads.videos('', ['v0', 'v2', 'v3']), [null, null, CAT])
  assert.ok(follower.isCurrent)
})

test('a record that is not ours is skipped, and reported once', async () => {
  await put('v0')
  await client.produce(TOPIC, 0, [{ key: Buffer.from('foreign'), value: Buffer.from('{') }])
  await put('v1')
  const follower = followerOf()
  await follower.step(signal)
  await follower.step(signal)
  assert.deepEqual(troubles.map(String), [
    'Error: Topic t.videos holds records that are not ours: they are skipped.',
  ])
  const { reads } = titles.seenBy().of(0)
  assert.deepEqual(await reads.videos('', ['v0', 'v1']), [CAT, CAT])
  assert.ok(follower.isCurrent)
})

test('changes that wait for their turn are not begun when nobody waits for them any more', async () => {
  const given = new AbortController()
  const goOn = Promise.withResolvers<void>()
  let begun = 0
  const store = titles.seenBy(async (call) => {
    if (call !== 'stored') return
    begun++
    await goOn.promise
  })
  const changes = Array.from({ length: 10 }, (_, offset) => {
    return { offset, change: { tenant: '', videoId: `v${offset}`, video: CAT } }
  })
  const slots = new Slots(2)
  const applying = applyAll(store.of(0).writes, changes, (_tenant, task) => slots.use(task), given.signal)
  await turn()
  given.abort(new Error('late'))
  goOn.resolve()
  await assert.rejects(applying, /late/)
  for (let i = 0; i < 20; i++) await turn()
  assert.equal(begun, 2)
})
