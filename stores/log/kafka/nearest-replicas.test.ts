import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LogError } from '../log.ts'
import type { Fetched } from './kafka-client.ts'
import { NearestReplicas, type ReplicaCalls } from './nearest-replicas.ts'

const FOLLOWER = 2
const WAIT = { bytesMax: 1, waitMs: 1_000, anyReplica: true }
const NO_WAIT = { ...WAIT, waitMs: 0 }

/** A partition whose leader has `end` records, and a follower that knows of `known`. */
function partition() {
  const state = { end: 10, known: 10, fault: null as LogError | null, asked: [] as string[], nowMs: 0 }
  const answer = (endOffset: number): Fetched => ({
    records: [],
    nextOffset: Math.max(5, endOffset),
    endOffset,
  })
  const calls: ReplicaCalls = {
    async fetch(broker, rack) {
      state.asked.push(`${broker ?? 'leader'}${rack === '' ? '' : ` for ${rack}`}`)
      if (broker === null) {
        const nearest = rack === 'near' ? FOLLOWER : null
        return { fetched: nearest === null ? answer(state.end) : answer(0), nearest }
      }
      if (state.fault !== null) throw state.fault
      return { fetched: answer(state.known), nearest: null }
    },
    endOffset: async () => state.end,
  }
  const replicas = (rack: string) => new NearestReplicas(rack, () => state.nowMs)
  return { state, calls, replicas }
}

test('without a rack, and where the leader names nobody, the leader is read from', async () => {
  const { state, calls, replicas } = partition()
  for (const rack of ['', 'far']) {
    assert.equal((await replicas(rack).fetch('p', 5, WAIT, calls)).endOffset, 10)
  }
  assert.deepEqual(state.asked, ['leader', 'leader for far'])
})

test('what only the leader knows for sure is read from it', async () => {
  const { state, calls, replicas } = partition()
  await replicas('near').fetch('p', 5, { ...WAIT, anyReplica: false }, calls)
  assert.deepEqual(state.asked, ['leader'])
})

test('the replica that the leader names is asked from then on', async () => {
  const { state, calls, replicas } = partition()
  const near = replicas('near')
  await near.fetch('p', 5, WAIT, calls)
  await near.fetch('p', 5, WAIT, calls)
  assert.deepEqual(state.asked, ['leader for near', '2 for near', '2 for near'])
})

test('how far the log goes is the word of the leader, lest its end seem reached', async () => {
  const { state, calls, replicas } = partition()
  state.known = 7
  assert.deepEqual(await replicas('near').fetch('p', 5, NO_WAIT, calls), {
    records: [],
    nextOffset: 7,
    endOffset: 10,
  })
})

test('a follower that fails, also one that does not have the offset yet, is avoided for a while', async () => {
  for (const code of ['unavailable', 'offset_out_of_range', 'unknown_partition'] as const) {
    const { state, calls, replicas } = partition()
    const near = replicas('near')
    state.fault = new LogError(code, 'said by the follower')
    assert.equal((await near.fetch('p', 5, WAIT, calls)).endOffset, 10)
    state.fault = null
    state.nowMs = 29_999
    await near.fetch('p', 5, WAIT, calls)
    assert.deepEqual(state.asked, ['leader for near', '2 for near', 'leader', 'leader'])
    state.nowMs = 30_000
    await near.fetch('p', 5, WAIT, calls)
    assert.deepEqual(state.asked.slice(4), ['leader for near', '2 for near'])
  }
})

test('a follower that is behind after a wait is avoided, but not for what it could not know yet', async () => {
  const { state, calls, replicas } = partition()
  const near = replicas('near')
  state.known = 5
  await near.fetch('p', 5, NO_WAIT, calls)
  await near.fetch('p', 5, WAIT, calls)
  await near.fetch('p', 5, WAIT, calls)
  assert.deepEqual(state.asked, ['leader for near', '2 for near', '2 for near', 'leader'])
})

test('what the leader fails with is thrown', async () => {
  const { calls, replicas } = partition()
  const fault = new LogError('offset_out_of_range', 'said by the leader')
  const failing = { ...calls, fetch: () => Promise.reject(fault) }
  await assert.rejects(replicas('near').fetch('p', 5, WAIT, failing), fault)
})

test('each partition has a replica of its own', async () => {
  const { state, calls, replicas } = partition()
  const near = replicas('near')
  await near.fetch('p', 5, WAIT, calls)
  await near.fetch('q', 5, WAIT, calls)
  assert.deepEqual(state.asked, ['leader for near', '2 for near', 'leader for near', '2 for near'])
})
