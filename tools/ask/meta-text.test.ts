import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Dated, metaText } from './meta-text.ts'

const END = '2026-11-21T09:00:00Z'

describe('The last line says', () => {
  const check = (name: string, change: Partial<Dated['meta']>, expected: RegExp) =>
    test(name, () => {
      const meta = { asOf: '2026-11-21T09:00:05.000Z', complete: true, stale: false, ...change }
      assert.match(metaText({ endTime: END, meta }), expected)
    })
  const lacking = { complete: false }
  const open = { ...lacking, asOf: '2026-11-21T08:59:58.000Z' }
  check('how far the counts go', {}, /^All that the log had taken by 2026-11-21T09:00:05\.000Z is counted\.$/)
  check(
    'the same of an open range',
    open,
    /^All that the log had taken by 2026-11-21T08:59:58\.000Z is counted\.$/,
  )
  check('that something of an ended range may be missing', lacking, /something may still be missing/)
  check('the same at its very end', { ...lacking, asOf: END }, /something may still be missing/)
  check(
    'that imported events are not counted',
    { ...lacking, importing: true },
    /imported into the range are not/,
  )
  check('that the store did not answer in full', { ...lacking, stale: true }, /^Stored counts may be missing/)
  check('that nothing is known yet', { ...lacking, asOf: null }, /not known yet/)
})
