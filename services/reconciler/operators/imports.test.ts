import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hourOf, MINUTE_MS } from '../../../model/bucket.ts'
import { auditOf } from '../../../stores/counts/rollups-contract.ts'
import { DAY } from '../../../testing/archive-fixture.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { MemoryJournal } from '../../../testing/memory-journal.ts'
import { MemoryRollups } from '../../../testing/memory-rollups.ts'
import { MemoryUniques } from '../../../testing/memory-uniques.ts'
import { type ImportDeps, importLot } from './imports.ts'

test('rows of an hour that is noted as purged while they are stored are not told as stored', async () => {
  const rollups = new MemoryRollups()
  let stores = 0
  const deps: ImportDeps = {
    archive: {
      store: async () => {
        stores++
        await rollups.writeHours([{ ...auditOf(hourOf(DAY), 1), purged: true }])
      },
    },
    ...{ rollups, uniques: new MemoryUniques(), journal: new MemoryJournal(), aheadMs: 0, sourcesFromMs: 0 },
    clock: new ManualClock((DAY + 60) * MINUTE_MS),
    removals: async () => () => Number.NEGATIVE_INFINITY,
  }
  const row = JSON.stringify({ id: 'a', videoId: 'v', type: 'view', time: DAY * MINUTE_MS })
  const lot = () => importLot(deps, '', '0'.repeat(16), 0, [row])
  await assert.rejects(lot(), { type: 'store-unavailable' })
  const again = await lot()
  assert.deepEqual([again?.stored, again?.rejected, again?.rejectedRows[0]?.code], [0, 1, 'hour_purged'])
  assert.equal(stores, 1)
})

test('rows whose note nobody was told of are told of when they are sent again', async () => {
  let told = 0
  const deps: ImportDeps = {
    archive: { store: async () => {} },
    ...{ rollups: new MemoryRollups(), uniques: new MemoryUniques(), journal: new MemoryJournal() },
    ...{ aheadMs: 0, sourcesFromMs: 0 },
    clock: new ManualClock((DAY + 60) * MINUTE_MS),
    removals: async () => () => Number.NEGATIVE_INFINITY,
    onImported: async () => {
      if (++told === 1) throw new Error('the disk is away')
    },
  }
  const row = JSON.stringify({ id: 'a', videoId: 'v', type: 'view', time: DAY * MINUTE_MS })
  const lot = () => importLot(deps, '', '0'.repeat(16), 0, [row])
  await assert.rejects(lot(), /disk/)
  assert.equal((await lot())?.stored, 1)
  assert.equal(told, 2)
})
