import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EMPTY } from '../../model/total.ts'
import { MemoryCounts } from '../../testing/memory-counts.ts'
import type { Change } from '../changes/changes.ts'
import { MemoryChanges } from '../changes/memory-changes.ts'
import type { TopWriter } from '../tops/tops.ts'
import { announcedCounts } from './announced-counts.ts'

const rowOf = (videoId: string, minute: number) => ({
  bucket: { tenant: 't', videoId, type: 'view', minute },
  total: { ...EMPTY, count: 1, upTo: minute },
})

function setUp(counts = new MemoryCounts()) {
  const changes = new MemoryChanges()
  const news: Change[] = []
  changes.subscribe({ changed: (change) => news.push(change), gap: () => {} })
  const told: string[] = []
  const tops: TopWriter = {
    begin: (sourceId) => void told.push(`begin ${sourceId}`),
    write: (sourceId, rows) => void told.push(`write ${sourceId} ${rows.length}`),
    reached: async (sourceId) => void told.push(`reached ${sourceId}`),
  }
  return { counts: announcedCounts(counts, { tops, changes }, () => 7), news, told }
}

test('each series is told of once, when its rows are stored', async () => {
  const { counts, news, told } = setUp()
  await counts.write('s', [rowOf('a', 1), rowOf('a', 2), rowOf('b', 1)])
  const series = ['a', 'b'].map((videoId) => ({ tenant: 't', videoId, type: 'view' }))
  assert.deepEqual(news, [{ series, asOfMs: 7 }])
  assert.deepEqual(told, ['write s 3'])
})

test('rows that are not stored are not told of', async () => {
  const failing = Object.assign(new MemoryCounts(), { write: () => Promise.reject(new Error('away')) })
  const { counts, news, told } = setUp(failing)
  await assert.rejects(counts.write('s', [rowOf('a', 1)]), /away/)
  assert.deepEqual([news, told], [[], []])
})

test('who only reads a checkpoint is not announced as the owner of its source', async () => {
  const { counts, told } = setUp()
  assert.equal(await counts.readCheckpoint('s'), null)
  assert.deepEqual(told, [])
})
