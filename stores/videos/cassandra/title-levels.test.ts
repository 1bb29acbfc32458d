import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Client, types } from 'cassandra-driver'
import type { Level } from '../../cassandra/consistency.ts'
import { CassandraTitles } from './cassandra-titles.ts'
import { titleLevels } from './title-levels.ts'

const { quorum, localQuorum, localOne, one, all } = types.consistencies
const NAME = { tenant: '', videoId: 'v' }
const ENTRY = { kind: 'id', group: '', text: 'v' } as const

/** Titles where counts have these levels, and the level of each request. */
function titlesWith(query: Level, replicas: Readonly<Record<string, number>>) {
  const asked: number[] = []
  const answer = async (_what: unknown, ...[, options]: readonly { readonly consistency?: number }[]) => {
    asked.push(options?.consistency ?? -1)
    return { rows: [], wasApplied: () => true }
  }
  const client = {
    execute: answer,
    batch: (what: unknown, options: { consistency: number }) => answer(what, {}, options),
    metadata: { keyspaces: {} as Record<string, unknown> },
  }
  const settings = {
    ...{ keyspace: 'tally', localDataCenter: 'dc1' },
    levels: { write: 'LOCAL_QUORUM', hydrate: 'LOCAL_QUORUM', query } as const,
  }
  const levels = titleLevels(
    client as unknown as Client,
    new Map<string, number>(Object.entries(replicas)),
    settings,
  )
  const titles = new CassandraTitles(client as unknown as Client, levels, 't', () => 0)
  return { client, titles, asked }
}

async function levelOfReads(query: Level, replicas: Readonly<Record<string, number>>) {
  const { titles, asked } = titlesWith(query, replicas)
  const { reads } = titles.of(0)
  await reads.videos('', ['v'])
  await reads.entries({ ...ENTRY, tenant: '', prefix: '', after: null }, 1)
  await reads.annotations(NAME, 1)
  await reads.annotationCount('', 1)
  assert.equal(new Set(asked).size, 1)
  return asked[0]
}

test('what is written, built upon or noted is at QUORUM, whatever the level of counts is', async () => {
  const { titles, asked } = titlesWith('LOCAL_ONE', { dc1: 3, dc2: 3 })
  const { writes } = titles.of(0)
  await writes.stored(NAME)
  await writes.writeVideo(NAME, null, 1)
  await writes.writeEntries(NAME, { added: [ENTRY, { ...ENTRY, text: 'w' }], removed: [] }, 1)
  await writes.writeAnnotation({ ...NAME, annotationId: 'a', annotation: { timeMs: 1, text: 'x' } }, 1)
  await writes.removeAnnotations(NAME, 1)
  await titles.progress()
  await titles.begin(0)
  await titles.claim(0, 'one')
  await titles.release(0, 'one')
  await titles.note(0, 1)
  await titles.noteWhole(0)
  assert.deepEqual(new Set(asked), new Set([quorum]))
})

test('a question is asked at the level of queries only if that sees all that was written', async () => {
  assert.equal(await levelOfReads('LOCAL_QUORUM', { dc1: 3 }), localQuorum)
  assert.equal(await levelOfReads('LOCAL_QUORUM', { dc1: 3, dc2: 3 }), quorum)
  assert.equal(await levelOfReads('LOCAL_QUORUM', { dc1: 3, dc2: 1 }), localQuorum)
  assert.equal(await levelOfReads('LOCAL_ONE', { dc1: 3 }), quorum)
  assert.equal(await levelOfReads('ONE', { dc1: 1 }), one)
  assert.equal(await levelOfReads('LOCAL_ONE', { dc1: 1 }), localOne)
  assert.equal(await levelOfReads('ALL', { dc1: 3, dc2: 3 }), all)
})

test('a keyspace that gets more data centres while a process runs is asked at QUORUM from then on', async () => {
  const { client, titles, asked } = titlesWith('LOCAL_QUORUM', { dc1: 3 })
  const { reads } = titles.of(0)
  await reads.videos('', ['v'])
  client.metadata.keyspaces.tally = { strategyOptions: { class: 'x', dc1: '3', dc2: '3' } }
  await reads.videos('', ['v'])
  assert.deepEqual(asked, [localQuorum, quorum])
})
