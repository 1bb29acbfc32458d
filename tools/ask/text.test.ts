import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bar, percent, sparkline, table } from './text.ts'

test('a chart has a column for each value, or for some that are added up', () => {
  assert.equal(sparkline([]), '')
  assert.equal(sparkline([0, 0]), '▁▁')
  assert.equal(sparkline([0, 1, 50, 100]), '▁▂▅█')
  assert.equal(
    sparkline(Array.from({ length: 120 }, (_, i) => (i < 60 ? 1 : 2))),
    '▅'.repeat(30) + '█'.repeat(30),
  )
  assert.equal(sparkline(Array.from({ length: 10_000 }, () => 1)).length, 60)
})

test('shares are of what there is', () => {
  assert.deepEqual([bar(0, 5), bar(null, 5), bar(1, 1_000), bar(5, 5).length], ['', '', '█', 20])
  assert.deepEqual([percent(1, 3), percent(-1, 3), percent(null, 3), percent(0, 0)], ['33.3 %', '', '', ''])
})

test('columns stand below each other, of wide characters too, and nothing can move the cursor', () => {
  const rows = [
    ['猫🎬', 1_234, 'a'],
    ['\u001b[2J', null, 'b'],
    ['cafe\u0301', 0.5, ''],
  ]
  assert.deepEqual(table(['video', 'count', ''], rows).split('\n'), [
    'video      count',
    '猫🎬       1,234  a',
    '\\u{1b}[2J      –  b',
    'cafe\u0301         0.5',
  ])
})
