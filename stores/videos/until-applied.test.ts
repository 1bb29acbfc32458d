import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import type { Clock } from '../../lib/clock.ts'
import { MemoryClient } from '../../testing/memory-kafka-client.ts'
import { MemoryTitles } from '../../testing/memory-titles.ts'
import { TitleFollower } from './title-follower.ts'
import { untilApplied } from './until-applied.ts'
import { toMessage } from './video-message.ts'

const TOPIC = 't.videos'
const CAT = { title: 'Cat', channel: null, durationSeconds: null, publishedMs: null }
/** More than it has to wait for. */
const CHANGES_MAX = 1_000

/** Nobody waits for long; a deadline never comes. */
const clock: Clock = {
  nowMs: () => 0,
  sleep: async (_ms, signal) => {
    if (signal !== undefined) await new Promise((resolve) => signal.addEventListener('abort', resolve))
  },
}

let client: MemoryClient
let titles: MemoryTitles
let changes: number

beforeEach(() => {
  client = new MemoryClient(clock)
  client.topics.set(TOPIC, [[]])
  titles = new MemoryTitles()
  changes = 0
})

async function change(): Promise<void> {
  assert.ok(++changes < CHANGES_MAX, 'it never ends')
  await client.produce(TOPIC, 0, [toMessage({ tenant: '', videoId: `v${changes}`, video: CAT })])
}

/** @param before called before each call of the tables */
function applied(before: (call: string) => void, asked: Pick<MemoryClient, 'fetch' | 'offsetOf'> = client) {
  const store = titles.seenBy(before)
  const onTrouble = (error: unknown) => assert.fail(error as Error)
  const follower = new TitleFollower({ client: asked, topic: TOPIC, store, clock, worker: 'one', onTrouble })
  return untilApplied(follower, clock, () => {})
}

test('it waits for what the topic held when it began, and not for changes that keep coming', async () => {
  await change()
  const changing: Pick<MemoryClient, 'fetch' | 'offsetOf'> = {
    fetch: (...args) => client.fetch(...args),
    async offsetOf(topic, partition, edge) {
      await change()
      return client.offsetOf(topic, partition, edge)
    },
  }
  await applied(() => {}, changing)
  const { reads } = titles.seenBy().of(0)
  assert.deepEqual(await reads.videos('', ['v1', 'v2']), [CAT, CAT])
})

test('it goes on after servers were away for a moment, and leaves the claim to others at the end', async () => {
  await change()
  let calls = 0
  await applied((call) => {
    if (call !== 'release' && calls++ < 10) throw new Error('away')
  })
  assert.equal(titles.progress.get(0)!.appliedTo, 1)
  assert.equal(titles.worker, null)
})

test('it fails as the servers do that stay away', async () => {
  await change()
  const away = (call: string) => {
    if (call === 'writeVideo') throw new Error('away')
  }
  await assert.rejects(applied(away), /away/)
  assert.equal(titles.worker, null)
})
