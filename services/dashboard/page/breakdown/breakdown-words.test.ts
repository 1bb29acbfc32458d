import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AUTOMATED, type Breakdown, type BreakdownRow } from './breakdown.ts'
import { dimensionLabel, dimensionPhrase, isWithoutValues, shownRows, valueName } from './breakdown-words.ts'

const META = { asOf: null, complete: true, reconciled: false, stale: false }

function breakdown(by: string, total: number | null, rows: readonly BreakdownRow[]): Breakdown {
  const range = { startTime: '2026-11-21T08:00:00Z', endTime: '2026-11-21T09:00:00Z' }
  return { by, dimensions: [by], ...range, total, rows, meta: META }
}

describe('a value is called', () => {
  const check = (by: string, value: string, expected: string) =>
    test(`${by} ${JSON.stringify(value)}: ${expected}`, () => assert.equal(valueName(by, value), expected))
  check('country', 'DE', new Intl.DisplayNames(undefined, { type: 'region' }).of('DE')!)
  check('country', 'de', 'de')
  check('country', 'A1', 'A1')
  check('country', 'QQ', 'QQ')
  check('country', '', 'Unknown')
  check('device', 'DE', 'DE')
  check('device', 'constructor', 'constructor')
  check(AUTOMATED, '', 'Viewers')
  check(AUTOMATED, 'bot', 'Bots')
  check(AUTOMATED, 'toString', 'toString')
})

test('an attribute that the page does not know keeps its name', () => {
  assert.deepEqual([dimensionLabel('country'), dimensionPhrase('country')], ['Country', 'country'])
  assert.deepEqual(
    [dimensionLabel('constructor'), dimensionPhrase('utm.Source')],
    ['constructor', 'utm.Source'],
  )
})

test('rows have shares of the total, and bars as long as the longest', () => {
  const rows = [
    { device: 'tv', value: 4 },
    { device: '', value: 2 },
    { device: 'other', value: 2, isOther: true },
  ]
  assert.deepEqual(shownRows(breakdown('device', 8, rows), 'count'), [
    { name: 'tv', of: 'tv', value: 4, share: 0.5, bar: 1, isRest: false },
    { name: 'Unknown', of: '', value: 2, share: 0.25, bar: 0.5, isRest: true },
    { name: 'Other', of: null, value: 2, share: 0.25, bar: 0.5, isRest: true },
  ])
})

test('averages, negative sums and nothing at all have no shares', () => {
  const shares = (rows: BreakdownRow[], total: number | null, measure: 'sum' | 'average') =>
    shownRows(breakdown('device', total, rows), measure).map(({ share, bar }) => [share, bar])
  assert.deepEqual(shares([{ device: 'tv', value: 4 }], 4, 'average'), [[null, 1]])
  assert.deepEqual(shares([{ device: 'tv', value: null }], null, 'average'), [[null, 0]])
  const mixed = [
    { device: 'tv', value: 4 },
    { device: 'phone', value: -2 },
  ]
  assert.deepEqual(shares(mixed, 2, 'sum'), [
    [null, 1],
    [null, 0],
  ])
  assert.deepEqual(shares([{ device: 'tv', value: 0 }], 0, 'sum'), [[null, 0]])
})

test('events without the attribute alone are told from none, and from viewers', () => {
  const unknown = { country: '', value: 3 }
  assert.equal(isWithoutValues(breakdown('country', 3, [unknown])), true)
  assert.equal(isWithoutValues(breakdown('country', 4, [unknown, { country: 'DE', value: 1 }])), false)
  assert.equal(isWithoutValues(breakdown('country', 0, [])), false)
  assert.equal(isWithoutValues(breakdown(AUTOMATED, 3, [{ [AUTOMATED]: '', value: 3 }])), false)
})
