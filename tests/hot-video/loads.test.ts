import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MINUTE_MS } from '../../model/bucket.ts'
import { Random } from '../../simulator/random.ts'
import { maxOverMean, SLOT_MS } from './loads.ts'
import { plotLoads } from './plot.ts'
import { HOT, HOT_SHARE, HotTraffic } from './traffic.ts'

const LOADS = {
  fromMs: 0,
  events: [
    [30, 10],
    [10, 10],
  ],
}

test('the most loaded partition is measured over any span', () => {
  assert.equal(maxOverMean(LOADS, 0, SLOT_MS), 1.5)
  assert.equal(maxOverMean(LOADS, SLOT_MS, 2 * SLOT_MS), 1)
  assert.equal(maxOverMean(LOADS, 2 * SLOT_MS, 3 * SLOT_MS), null)
})

test('the plot has a line for each partition and one for the ratio', () => {
  const svg = plotLoads(LOADS, [{ atMs: SLOT_MS, name: 'viral' }], 'title')
  assert.equal(svg.split('<polyline').length - 1, 3)
  assert.doesNotMatch(svg, /NaN|Infinity/)
})

test('while it is viral, one video has its share, and the truth counts no copy', () => {
  const traffic = new HotTraffic(new Random(1))
  traffic.isViral = true
  const ids = new Set<string>()
  let sent = 0
  for (let ms = 0; ms < 12 * MINUTE_MS; ms += 1_000) {
    const batch = traffic.next(50, ms)
    sent += batch.length
    for (const { id } of batch) ids.add(id)
  }
  const counted = Array.from(traffic.truth.values()).reduce((sum, count) => sum + count, 0)
  assert.equal(counted, ids.size)
  assert.ok(traffic.copies > 0)
  assert.equal(sent, ids.size + traffic.copies)
  const hot = Array.from(traffic.truth).reduce(
    (sum, [key, n]) => (key.startsWith(`${HOT} `) ? sum + n : sum),
    0,
  )
  assert.ok(Math.abs(hot / counted - HOT_SHARE) < 0.03, `${hot / counted}`)
})
