import assert from 'node:assert/strict'
import { test } from 'node:test'
import { amountText } from './amount-text.ts'

test('only one is in the singular', () => {
  assert.deepEqual(
    [0, 1, 2].map((count) => amountText(count, 'row')),
    ['0 rows', '1 row', '2 rows'],
  )
})
