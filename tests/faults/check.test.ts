import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MINUTE_MS } from '../../model/bucket.ts'
import { compare, type Findings } from './check.ts'
import { type LedgerEntry, ledgerFaults } from './ledger.ts'

test('each minute must hold what was sent, and nothing else', () => {
  const expected = new Map([
    [0, { count: 3, thousandths: 1_500 }],
    [MINUTE_MS, { count: 2, thousandths: 0 }],
  ])
  const check = (
    fn: 'count' | 'sum',
    found: [number, number][],
    lost: number,
    doubled: number,
    lines: number,
  ) => {
    const findings: Findings = { compared: 0, lost: 0, doubled: 0, differences: [] }
    compare(findings, { videoId: 'one.e7', type: 'view', fn }, expected, new Map(found))
    assert.deepEqual([findings.lost, findings.doubled, findings.differences.length], [lost, doubled, lines])
    assert.ok(findings.differences.every((line) => line.includes('one.e7')))
  }
  check(
    'count',
    [
      [0, 3],
      [MINUTE_MS, 2],
      [2 * MINUTE_MS, 0],
    ],
    0,
    0,
    0,
  )
  check('count', [[0, 3]], 2, 0, 1)
  check(
    'count',
    [
      [0, 2],
      [MINUTE_MS, 3],
    ],
    1,
    1,
    2,
  )
  check(
    'count',
    [
      [0, 3],
      [MINUTE_MS, 2],
      [2 * MINUTE_MS, 4],
    ],
    0,
    4,
    1,
  )
  check('sum', [[0, 1.5]], 0, 0, 0)
  check('sum', [[0, 1.501]], 0, 0, 1)
})

test('the ledger must hold every id once and every copy', () => {
  const entry: LedgerEntry = {
    ...{ source: 'a-0', events: 10, counted: 8, duplicate: 2, late: 0, dead: 0, deadRecords: 0 },
    balanced: true,
  }
  const check = (change: Partial<LedgerEntry>, faults: number) =>
    assert.equal(
      ledgerFaults([entry, { ...entry, ...change }], { distinct: 16, accepted: 20 }).length,
      faults,
    )
  check({}, 0)
  check({ events: 13, duplicate: 5 }, 0)
  check({ counted: 9 }, 1)
  check({ events: 9 }, 1)
  check({ late: 1 }, 1)
  check({ dead: 1, deadRecords: 1 }, 2)
  check({ balanced: false }, 1)
})
