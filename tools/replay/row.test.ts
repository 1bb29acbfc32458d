import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Cells, parseTimeMs, toRow } from './row.ts'

function checkTime(text: string, expected: string | null) {
  assert.equal(parseTimeMs(text), expected === null ? Number.NaN : Date.parse(expected), text)
}

test('times are RFC 3339, or looser in what people write', () => {
  checkTime('2006-04-07T17:08:09Z', '2006-04-07T17:08:09Z')
  checkTime('2006-04-07T17:08:09.123456Z', '2006-04-07T17:08:09.123Z')
  checkTime('2006-04-07T17:08:09.5+05:30', '2006-04-07T11:38:09.500Z')
  checkTime('2006-04-07 17:08:09-08:00', '2006-04-08T01:08:09Z')
  checkTime('2006-04-07 17:08', '2006-04-07T17:08:00Z')
  checkTime('1144429680000', '2006-04-07T17:08:00Z')
  checkTime('2004-02-29 00:00', '2004-02-29T00:00:00Z')
})

test('what is no time is none', () => {
  const none = ['', 'now', '2006-04-07', '2006-02-29 00:00', '2006-13-01 00:00', '2006-00-10 00:00']
  for (const text of [...none, '2006-04-07 24:00', '2006-04-07 17:60', '07.04.2006 17:08', '1e12', '12.5']) {
    checkTime(text, null)
  }
})

const CELLS: Cells = {
  id: 'i',
  source: undefined,
  videoId: 'v',
  time: '0',
  type: undefined,
  value: '1.250',
  viewerId: undefined,
  channelId: undefined,
  attributes: undefined,
  tenant: undefined,
}

test('a row is a view where no type is given', () => {
  assert.deepEqual(toRow(7, CELLS), {
    line: 7,
    id: 'i',
    videoId: 'v',
    timeMs: 0,
    type: 'view',
    value: 1.25,
    viewerId: undefined,
    channelId: undefined,
    attributes: undefined,
  })
})

function checkReason(cells: Partial<Cells>, reason: RegExp) {
  const row = toRow(3, { ...CELLS, ...cells })
  assert.ok('reason' in row, JSON.stringify(row))
  assert.match(row.reason, reason)
}

test('a row that cannot be read says why', () => {
  checkReason({ videoId: undefined }, /video id is empty/)
  checkReason({ time: 'noon' }, /time "noon" is unreadable/)
  checkReason({ time: undefined }, /time "" is unreadable/)
  checkReason({ attributes: '[1]' }, /attributes are no JSON object/)
  for (const value of ['five', '1.2345', '1e3', '1.', '.5', '--1', 'NaN', ' 1', '12345678901']) {
    checkReason({ value }, /is no decimal of at most 3 places/)
  }
})
