import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { buildServer } from '../../lib/http/server.ts'
import { EMPTY } from '../../model/total.ts'
import { MemoryCounts } from '../../testing/memory-counts.ts'
import { CountsError } from '../cassandra/counts-error.ts'
import { countsBreaker } from './counts-breaker.ts'
import { guardedWriter } from './guarded-counts.ts'

const row = {
  bucket: { tenant: '', videoId: 'v', type: 'view', minute: 1 },
  total: { ...EMPTY, count: 3, upTo: 7 },
}

class FailingCounts extends MemoryCounts {
  isAway = false
  asked = 0

  override async write(...asked: Parameters<MemoryCounts['write']>) {
    this.asked++
    if (this.isAway) throw new CountsError('timeout', 'No answer.')
    return super.write(...asked)
  }
}

test('a call reaches the counts as it is, until failures in a row open the breaker for all calls', async (t) => {
  const counts = new FailingCounts()
  const breaker = countsBreaker(new Registry(), buildServer().log)
  t.after(() => breaker.close())
  const guarded = guardedWriter(counts, breaker)
  assert.deepEqual(await guarded.write('s', [row]), [])
  assert.deepEqual(await guarded.hydrate('s', [row.bucket]), [row.total])
  counts.isAway = true
  for (let i = 0; i < 10; i++) await assert.rejects(guarded.write('s', [row]))
  const { asked } = counts
  assert.ok(asked < 11, `${asked} calls`)
  await assert.rejects(guarded.hydrate('s', [row.bucket]), { code: 'open' })
})
