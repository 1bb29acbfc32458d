import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NAME_KEY, recordOf, SETTINGS } from '../../../testing/event-fixture.ts'
import { PlainOwner } from '../../../testing/plain-owner.ts'
import { newState } from './source-state.ts'

const PROBE = 'tally.probe/probe'

function ledgerOf(...records: readonly (readonly string[])[]) {
  const owner = new PlainOwner(newState(SETTINGS, NAME_KEY.id))
  owner.read(records.map((events, offset) => recordOf(offset, '12:00:30', ...events)))
  return owner.state.ledger
}

test('the ledger holds all events, and says which part of each outcome the probe caused', () => {
  const user = ['cats:a@12:00:05', 'cats:a@12:00:05', 'cats:b@10:00:00']
  const probes = [
    `${PROBE}:p1@12:00:05=1`,
    `${PROBE}:p1@12:00:05=1`,
    `${PROBE}:p2@10:00:00`,
    `${PROBE}:p3@13:00:00`,
  ]
  assert.deepEqual(ledgerOf([user[0]!, ...probes, user[1]!, user[2]!], probes.slice(0, 2), user), {
    ...{ records: 3, events: 12, counted: 2, duplicate: 6, late: 3, dead: 1, deadRecords: 0 },
    probe: { records: 1, events: 6, counted: 1, duplicate: 3, late: 1, dead: 1 },
  })
})

test('no other series is taken for it', () => {
  const ledger = ledgerOf([
    ...['tally.probe/view:a0@12:00:05', 'tally.prob/probe:a1@12:00:05', 'tally.probes/probe:a2@12:00:05'],
    ...[
      'atally.probe/probe:a3@12:00:05',
      'tally.probe/share:a4@12:00:05',
      'tally.probe/probes:a5@12:00:05',
      '!',
    ],
  ])
  assert.deepEqual([ledger.events, ledger.counted, ledger.probe], [7, 6, undefined])
})
