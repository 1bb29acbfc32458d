import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { NOTHING } from '../format.ts'
import { type UniqueViewers, viewersWords } from './unique-viewers.ts'

const SPAN = { startMs: Date.parse('2026-11-21T10:00Z'), endMs: Date.parse('2026-11-21T12:00Z') }
const uniques = (count: number, startTime = '2026-11-21T10:00:00Z', endTime = '2026-11-21T12:00:00Z') => ({
  ...{ uniques: count, startTime, endTime, error: 0.01625 },
})

describe('the card of viewers says', () => {
  const check = (name: string, found: UniqueViewers, views: number, value: string, note: string) =>
    test(name, () => {
      const words = viewersWords(found, views, SPAN)
      assert.deepEqual([words.value, words.note], [value, note])
    })
  check('that it is an estimate', uniques(1_234), 5_000, '≈ 1,234', 'estimate ±1.6%')
  check('where it is of more', uniques(9, '2026-11-21T09:00:00Z'), 9, '≈ 9', '±1.6%, by hour')
  check('the same at the end', uniques(9, undefined, '2026-11-21T13:00:00Z'), 9, '≈ 9', '±1.6%, by hour')
  check('nothing of nobody', uniques(0), 0, '0', '')
  check('that events name nobody', uniques(0), 5, NOTHING, 'no viewer ids')
  check('why there is none', 'too long', 5, NOTHING, '92 days at most')
})
