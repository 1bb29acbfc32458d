import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Metric, SummaryFile } from '../summary.ts'
import { pageOf } from './page.ts'
import { ticks, timeTicks } from './scale.ts'
import { clockText, numberText } from './text.ts'

const counter = (count: number): Metric => ({ type: 'counter', contains: 'default', values: { count } })
const FILE: SummaryFile = {
  test: {
    script: '<b>load</b>',
    url: 'http://localhost:8080',
    rate: 1,
    videos: 2,
    batchEvents: 3,
    durationMs: 60_000,
  },
  state: { testRunDurationMs: 61_000 },
  metrics: {
    slot_0_offered: counter(100),
    events_acknowledged: counter(1_234_567),
    waits: {
      ...{ type: 'trend', contains: 'time', values: { 'p(99)': 12 } },
      thresholds: { 'p(99)<10': { ok: false } },
    },
  },
}

test('the page loads nothing and shows texts as texts', () => {
  const page = pageOf({
    ...FILE,
    seen: {
      target: '<script>alert(1)</script>',
      verdict: { isExact: false, text: 'NOT EXACT: a & b', differences: ['v1 "view"'] },
      figures: [{ name: 'CPU', text: '1 < 2' }],
      charts: [
        {
          title: 'CPU',
          unit: 'cores',
          lines: [
            {
              name: 'a',
              points: [
                [0, 1],
                [10, null],
                [20, 3],
              ],
            },
          ],
        },
      ],
      notes: [{ atMs: 5_000, text: "a 'kill'" }],
      faults: ['memory > 1 %'],
    },
  })
  assert.doesNotMatch(page, /<script|<link|<img|@import|src=|href=|url\(|<b>/)
  for (const text of [
    'NOT EXACT: a &amp; b',
    'v1 &quot;view&quot;',
    '1 &lt; 2',
    'FAILED  memory &gt; 1 %',
    'a &#39;kill&#39;',
    '1,234,567',
  ]) {
    assert.ok(page.includes(text), text)
  }
  assert.match(page, /waits<\/td><td>p\(99\)&lt;10<\/td><td>12<\/td><td class="bad">not kept/)
})

test('a run of k6 gives a page as well: with charts, and what is still to be done', () => {
  const page = pageOf(FILE)
  assert.match(page, /The counts are not checked yet/)
  assert.equal(page.match(/<svg/g)!.length, 4)
  assert.doesNotMatch(page, /NaN|undefined/)
})

test('axes have round numbers', () => {
  assert.deepEqual(ticks(970, 4), [0, 250, 500, 750, 1_000])
  assert.deepEqual(ticks(0, 4), [0, 0.25, 0.5, 0.75, 1])
  assert.deepEqual(timeTicks(600_000, 8).map(clockText), ['0:00', '2:00', '4:00', '6:00', '8:00', '10:00'])
})

test('numbers are short, and times are read as on a clock', () => {
  assert.deepEqual([0.25, 1.5, 12.34, 1_234_567].map(numberText), ['0.25', '1.5', '12.3', '1,234,567'])
  assert.deepEqual([59_000, 3_600_000].map(clockText), ['0:59', '1:00:00'])
})
