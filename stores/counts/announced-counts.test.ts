import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EMPTY } from '../../model/total.ts'
import type { Change } from '../changes/changes.ts'
import { MemoryChanges } from '../changes/memory-changes.ts'
import { announcedCounts } from './announced-counts.ts'
import { MemoryCounts } from './memory-counts.ts'

const rowOf = (videoId: string, minute: number) => ({
  bucket: { tenant: 't', videoId, type: 'view', minute },
  total: { ...EMPTY, count: 1, upTo: minute },
})

function heard(changes: MemoryChanges): Change[] {
  const all: Change[] = []
  changes.subscribe({ changed: (change) => all.push(change), gap: () => {} })
  return all
}

test('each series is told of once, when its rows are stored', async () => {
  const changes = new MemoryChanges()
  const news = heard(changes)
  const counts = announcedCounts(new MemoryCounts(), changes, () => 7)
  await counts.write('s', [rowOf('a', 1), rowOf('a', 2), rowOf('b', 1)])
  const series = ['a', 'b'].map((videoId) => ({ tenant: 't', videoId, type: 'view' }))
  assert.deepEqual(news, [{ series, asOfMs: 7 }])
})

test('rows that are not stored are not told of', async () => {
  const changes = new MemoryChanges()
  const news = heard(changes)
  const failing = Object.assign(new MemoryCounts(), { write: () => Promise.reject(new Error('away')) })
  await assert.rejects(announcedCounts(failing, changes, () => 7).write('s', [rowOf('a', 1)]), /away/)
  assert.deepEqual(news, [])
})
