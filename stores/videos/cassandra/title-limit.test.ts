import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { type Client, errors, types } from 'cassandra-driver'
import { DEFAULT_LEVELS } from '../../cassandra/consistency.ts'
import { applyAll } from '../title-follower.ts'
import { CassandraTitles } from './cassandra-titles.ts'

const LEVELS = { ...DEFAULT_LEVELS, promised: () => ({ isQueryFresh: true, fault: null }) }
const WORDS = Array.from({ length: 30 }, (_, i) => `word${i}`).join(' ')
const VIDEO = { title: WORDS, channel: WORDS, durationSeconds: null, publishedMs: null }
const OVERLOADED = new errors.ResponseError(types.responseErrorCodes.overloaded, 'too much')

/** Servers on which each request takes so long, and how many requests they had at once. */
function servers(takesMs: number, isOverloaded = false) {
  let nowMs = 0
  let inFlight = 0
  const seen: number[] = []
  const answer = async () => {
    seen.push(++inFlight)
    await turn()
    nowMs += takesMs
    inFlight--
    if (isOverloaded) throw OVERLOADED
    return { rows: [] }
  }
  const client = { execute: answer, batch: answer } as unknown as Client
  return { seen, titles: new CassandraTitles(client, LEVELS, 't', () => nowMs) }
}

/** What requests and those who follow the topic ask for at the same time. */
async function applyMany({ titles }: ReturnType<typeof servers>): Promise<void> {
  const changes = Array.from({ length: 120 }, (_, offset) => {
    return { offset, change: { tenant: '', videoId: `v${offset}`, video: VIDEO } }
  })
  const some = (from: number, to: number) => applyAll(titles.of(0).writes, changes.slice(from, to))
  await Promise.allSettled([some(0, 60), some(60, 120)])
}

/** Once they have been busy for a while. */
function mostAtOnce({ seen }: ReturnType<typeof servers>): number {
  return Math.max(...seen.slice(seen.length / 2))
}

test('servers that answer at once get changes of many titles together, but never without bound', async () => {
  const quick = servers(0)
  await applyMany(quick)
  assert.ok(mostAtOnce(quick) > 32, `${mostAtOnce(quick)} at once`)
  assert.ok(mostAtOnce(quick) <= 256, `${mostAtOnce(quick)} at once`)
})

test('servers that are slow get fewer', async () => {
  const slow = servers(1_000)
  await applyMany(slow)
  assert.ok(mostAtOnce(slow) <= 4, `${mostAtOnce(slow)} at once`)
})

test('servers that say that they have too much to do get fewer', async () => {
  const busy = servers(0, true)
  const tries = Array.from({ length: 40 }, () => applyMany(busy))
  await Promise.all(tries)
  assert.ok(mostAtOnce(busy) <= 4, `${mostAtOnce(busy)} at once`)
})
