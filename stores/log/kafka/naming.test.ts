import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import { it } from 'node:test'
import { MINUTE_MS } from '../../../model/bucket.ts'
import { SOURCES_LEAD_MS } from '../../../model/naming.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { MemoryClient } from '../../../testing/memory-kafka-client.ts'
import { LogError } from '../log.ts'
import { createTopics } from './create-topics.ts'
import { openKafkaLog } from './kafka-log.ts'
import { writeMeta } from './meta.ts'
import { openNaming } from './naming.ts'

const SETTINGS = { replicationFactor: 1, minInSyncReplicas: 1, retentionMs: 1, retentionBytes: -1 }
const META = 'tally.meta'
const GOOD_ENTRY = { bytes: Buffer.alloc(16, 7).toString('base64') }

/** @param isOld whether the log was made by a version that kept no sources */
async function setUp(isOld = false) {
  const clock = new ManualClock()
  const client = new MemoryClient(clock)
  let named = 0
  const create = (startAnew = false) => {
    const newIncarnation = () => `0000000${++named}`
    return createTopics({
      ...SETTINGS,
      client,
      clock,
      prefix: 'tally',
      partitions: 1,
      newIncarnation,
      startAnew,
    })
  }
  await create()
  if (isOld) forgetSources(client)
  const open = () => {
    const newKey = () => randomBytes(16)
    return openNaming({ client, prefix: 'tally', newKey, newProposalId: randomUUID, clock })
  }
  return { client, clock, create, open, entries: () => client.topics.get(META)![0]!.length }
}

/** The entries as the version before sources wrote them. */
function forgetSources(client: MemoryClient): void {
  for (const record of client.topics.get(META)![0]!) {
    const { withSources: _, ...value } = JSON.parse(String(record.bytes)) as Record<string, unknown>
    Object.assign(record, { bytes: Buffer.from(JSON.stringify(value)) })
  }
}

it('makes a key where there is none, and finds it from then on', async () => {
  const { open, entries } = await setUp()
  const before = entries()
  const made = await open()
  assert.equal(entries(), before + 1)
  assert.equal((await open()).key.id, made.key.id)
  assert.equal(entries(), before + 1)
})

it('keeps the key for a log that is made anew, and the log opens as before', async () => {
  const { client, clock, create, open } = await setUp()
  const made = await open()
  const { incarnation } = await create(true)
  assert.equal((await open()).key.id, made.key.id)
  assert.equal((await openKafkaLog({ client, clock, prefix: 'tally' })).incarnation, incarnation)
})

it('agrees on the first of several that are made at once', async () => {
  const { client, open } = await setUp()
  let writing = 0
  const bothRead = Promise.withResolvers<void>()
  client.before = (call) => {
    if (call !== 'produce') return
    if (++writing === 3) bothRead.resolve()
    return bothRead.promise
  }
  const keys = await Promise.all([open(), open(), open()])
  assert.equal(writing, 3)
  assert.equal(new Set(keys.map(({ key }) => key.id)).size, 1)
  assert.equal((await open()).key.id, keys[0].key.id)
})

it('is unavailable while the topic is, and then takes what its lost answer left there', async () => {
  const { client, open, entries } = await setUp()
  const before = entries()
  client.before = (call) => {
    if (call === 'fetch') throw new LogError('unavailable', 'away')
  }
  await assert.rejects(open(), { name: 'LogError', code: 'unavailable' })
  assert.equal(entries(), before)
  let fetches = 0
  client.before = (call) => {
    if (call === 'fetch' && ++fetches === 2) throw new LogError('unavailable', 'away')
  }
  await assert.rejects(open(), { name: 'LogError', code: 'unavailable' })
  const entry = JSON.parse(String(client.topics.get(META)![0]!.at(-1)!.bytes)) as { bytes: string }
  assert.equal(Buffer.from(entry.bytes, 'base64').length, 16)
  const found = await open()
  assert.equal((await open()).key.id, found.key.id)
  assert.equal(entries(), before + 1)
})

it('stops where the entry is no key, and does not say what it holds', async () => {
  const faults = [
    { bytes: 'c2VjcmV0' },
    { bytes: 5 },
    null,
    'c2VjcmV0',
    { ...GOOD_ENTRY, sourcesFromMs: 'x' },
  ]
  for (const value of faults) {
    const { client, open } = await setUp()
    await writeMeta(client, META, 'namekey', 'x', value)
    await assert.rejects(open(), (error) => {
      assert.ok(error instanceof LogError && error.code === 'corrupt')
      assert.ok(!`${error.message}${error.cause}`.includes('secret') && !error.message.includes('c2Vj'))
      return true
    })
  }
})

it('takes sources from the beginning in a new deployment, also when its log is made anew', async () => {
  const { create, open } = await setUp()
  await create(true)
  assert.equal((await open()).sourcesFromMs, 0)
})

it('takes sources from the beginning where a version with keys, which kept them, was at work', async () => {
  const { client, open } = await setUp(true)
  await writeMeta(client, META, 'namekey', 'x', GOOD_ENTRY)
  assert.equal((await open()).sourcesFromMs, 0)
})

it('takes sources only from a later minute on in an older log, the same for all and for ever', async () => {
  const { clock, create, open } = await setUp(true)
  clock.advance(1)
  const [first, second] = await Promise.all([open(), open()])
  const { sourcesFromMs } = first!
  assert.ok(sourcesFromMs >= clock.nowMs() + SOURCES_LEAD_MS && sourcesFromMs % MINUTE_MS === 0)
  clock.advance(MINUTE_MS)
  await create(true)
  for (const naming of [second!, await open()]) assert.equal(naming.sourcesFromMs, sourcesFromMs)
})

it('agrees on the first time of several that are proposed at once', async () => {
  const { client, clock, open } = await setUp(true)
  client.before = async (call) => {
    if (call === 'produce') clock.advance(MINUTE_MS)
  }
  const namings = await Promise.all([open(), open(), open()])
  assert.equal(new Set(namings.map(({ sourcesFromMs }) => sourcesFromMs)).size, 1)
})
