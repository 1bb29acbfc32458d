import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HyperLogLog } from '../../../model/hyper-log-log.ts'
import { countsText, parseCounts, sketchOf, sketchRow } from './contents.ts'

/** 2023-11-14T00:00Z, in minutes. */
const DAY = 28_332_000

test('rows are the same after they were written', () => {
  const row = { tenant: '5n', aggregate: { count: 1, values: 1, sum: -(2n ** 70n), min: null, max: 3 } }
  assert.deepEqual(parseCounts(countsText(row)), row)
  const sketch = HyperLogLog.of(['a', 'b'])
  const place = { tenant: '', videoId: 'v', resolution: 'day', start: DAY } as const
  const read = sketchOf(JSON.parse(JSON.stringify(sketchRow({ ...place, sketch }))))
  assert.deepEqual(read.sketch.encode(), sketch.encode())
  assert.equal(read.start, DAY)
})
