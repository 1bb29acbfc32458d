import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Meta } from './api.ts'
import { breakdownNote, lateNote, wordsOf } from './meta-words.ts'

const END = '2026-11-21T09:00:00Z'
const AFTER_END = '2026-11-21T09:00:05.000Z'
const META: Meta = { asOf: AFTER_END, complete: true, reconciled: false, stale: false }
const OPEN = { asOf: '2026-11-21T08:59:58.000Z', complete: false }
const MISSING = /may still be missing/

describe('the badge', () => {
  const check = (name: string, change: Partial<Meta>, label: RegExp, line: RegExp) =>
    test(name, () => {
      const words = wordsOf({ ...META, ...change }, END)
      assert.match(words.label, label)
      assert.match(words.lines.join(' '), line)
    })
  check('calls complete counts exact', {}, /^Exact · as of/, /nothing accepted by its end is missing/)
  check('calls those of an open range exact', OPEN, /^Exact · as of/, /still in progress/)
  check(
    'says that they are recounted',
    { reconciled: true },
    /reconciled$/,
    /counted again from the raw events,/,
  )
  const lacking = { complete: false }
  check('does not where something may be missing', lacking, /^May be incomplete · as of/, MISSING)
  check('nor at the very end of the range', { ...lacking, asOf: END }, /^May be incomplete/, MISSING)
  check('nor after a recount', { ...lacking, reconciled: true }, /^May be incomplete/, MISSING)
  const importing = { complete: false, importing: true }
  check(
    'calls nothing exact while imported events wait',
    importing,
    /^Counting imported events/,
    /not in these numbers/,
  )
  check('nor in an open range', { ...OPEN, importing: true }, /^Counting imported events/, /next recounts/)
  check('says first that the store is away', { ...lacking, stale: true }, /^Stale/, /Not all of the store/)
  check('says that nothing is known yet', { ...lacking, asOf: null }, /^Starting$/, /just started/)
})

test('what is counted from the archive shows new events later', () => {
  const of = (isArchived: boolean) => wordsOf({ ...META, ...OPEN }, END, isArchived).lines.join(' ')
  assert.match(of(false), /events show about a second after they arrive\./)
  assert.match(of(true), /events show within a minute\./)
})

test('what the stream counts lacks late events until the recount, and says so', () => {
  const of = (change: Partial<Meta>, isArchived = false) =>
    wordsOf({ ...META, ...change }, END, isArchived).lines.join(' ')
  assert.match(of({}), /had taken in time by .*: that adds events that came late\./)
  assert.doesNotMatch(of({ reconciled: true }), /came late/)
  assert.doesNotMatch(of({}, true), /in time|came late/)
  assert.match(breakdownNote(META, END), /late ones too\.$/)
})

test('a breakdown says where something may be missing', () => {
  assert.doesNotMatch(breakdownNote(META, END), MISSING)
  assert.doesNotMatch(breakdownNote({ ...META, asOf: '2026-11-21T08:59:00Z', complete: false }, END), MISSING)
  assert.match(breakdownNote({ ...META, complete: false }, END), MISSING)
  assert.match(breakdownNote({ ...META, asOf: null, complete: false }, END), /not known yet/)
})

describe('a breakdown that counts more than the number above', () => {
  const START = '2026-11-21T08:00:00Z'
  const counted = (count: number, asOf: string | null, endTime = END) => ({
    ...{ count, startTime: START, endTime, meta: { ...META, asOf } },
  })
  const check = (name: string, expected: string, ...[above, below]: ReturnType<typeof counted>[]) =>
    test(name, () => assert.equal(lateNote(below!, above!), expected))
  const [EARLY, LATER, NEXT] = ['2026-11-21T08:59:50Z', '2026-11-21T08:59:55Z', '2026-11-21T09:01:00Z']
  const one = ' 1 of the total came late: the number above has it after the next recount.'
  const three = ' 3 of the total came late: the number above has them after the next recount.'
  check('has late events', three, counted(65, LATER), counted(68, EARLY))
  check('may be of a range that grew', one, counted(65, LATER, NEXT), counted(66, EARLY))
  check('is silent about equal numbers', '', counted(65, LATER), counted(65, EARLY))
  check('may be of a later moment', '', counted(65, EARLY), counted(68, LATER))
  check('may be of a moment that nobody knows', '', counted(65, null), counted(68, EARLY))
  check('may be of another range', '', counted(65, NEXT, NEXT), counted(68, AFTER_END))
  const importing = { ...counted(65, LATER), meta: { ...META, asOf: LATER, importing: true } }
  check('may have what was imported', '', importing, counted(68, EARLY))
  test('may be of a number that is not known', () => assert.equal(lateNote(counted(1, EARLY), null), ''))
  const wider = { ...counted(68, EARLY), startTime: '2026-11-21T07:00:00Z' }
  test('may begin earlier', () => assert.equal(lateNote(wider, counted(65, LATER)), ''))
})
