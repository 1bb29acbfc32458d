import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { EMPTY_QUARTERS } from '../../../model/quarters.ts'
import { EMPTY } from '../../../model/total.ts'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import type { Alert } from '../../alerts/alerts.ts'
import { EmbeddedAlerts } from '../../alerts/embedded-alerts.ts'
import { LevelDatabase } from '../../disk/level-database.ts'
import { auditOf } from '../rollups-contract.ts'
import { carryOver } from './carry-over.ts'
import { type EmbeddedStores, loadEmbeddedStores } from './embedded-stores.ts'

const SERIES = { tenant: '', videoId: 'v', type: 'view' }
const DAY = 29_000_160
const hour = (n: number) => DAY + 60 * n
/** Of the hours 1 to 5: purged, archived, purged, only in the log, not closed. */
const HOURS = [1, 2, 3, 4, 5].map(hour)
const RAW = { heldHours: new Set([hour(2), hour(5)]), logFrom: hour(4), openFrom: hour(5) }

async function open(directory: string) {
  const level = await LevelDatabase.open(directory, () => [])
  return { level, stores: await loadEmbeddedStores(level) }
}

const ALERT = {
  ...{ tenant: 'acme', alertId: 'a', videoId: 'v', eventType: 'view', url: 'https://hooks.example/' },
  ...{ condition: { kind: 'silent', minutes: 5 }, secret: 's', incarnation: 'i', createdMs: 1 },
  ...{ disabled: null, milestones: [], revision: 1 },
} as const satisfies Alert

async function fill({ counts, rollups, journal, database }: EmbeddedStores): Promise<void> {
  for (const [i, start] of HOURS.entries()) {
    const total = { ...EMPTY, count: i + 1, upTo: 10 + i }
    await counts.write('aa-0', [{ bucket: { ...SERIES, minute: start + 7 }, total }])
    const aggregate = { ...EMPTY, count: i + 1 }
    const row = { series: SERIES, start, aggregate, quarters: EMPTY_QUARTERS }
    await rollups.writeRollups('hour', 5, [row])
    await rollups.writeHours([auditOf(start, 5)])
  }
  const aggregate = { ...EMPTY, count: 15 }
  await rollups.writeRollups('day', 5, [{ series: SERIES, start: DAY, aggregate }])
  await rollups.writeReconciled({ version: 6, toMinute: hour(5), exceptHours: [hour(1)] })
  await rollups.noteSwept({ minutesFrom: hour(0), hoursFrom: DAY })
  const ledger = { records: 9, events: 9, counted: 9, duplicate: 0, late: 0, dead: 0, deadRecords: 0 }
  await counts.writeCheckpoint('aa-0', { offset: 99, logTimeMs: 1, ledger })
  await journal.append('privacy', { atMs: 3, key: 'act', body: { videoId: 'x' } })
  await new EmbeddedAlerts(database).write(ALERT, null)
}

test('what has no raw events or is not closed, the journal and alerts are carried over, nothing else', async () => {
  await using directory = await temporaryDirectory()
  const [old, made] = [await open(join(directory.path, 'old')), await open(join(directory.path, 'new'))]
  await fill(old.stores)
  const expected = { minuteRows: 3, hourRollups: 2, dayRollups: 1, journalEntries: 2, alerts: 1 }
  assert.deepEqual(await carryOver(old.level, RAW, null), expected)
  assert.deepEqual(await carryOver(old.level, RAW, made), expected)
  await made.stores.close()

  const again = await open(join(directory.path, 'new'))
  const { counts, rollups, journal } = again.stores
  const minutes = await counts.read(SERIES, { resolution: 'minute', from: DAY, to: hour(24) })
  assert.deepEqual(
    minutes.periods.map(({ start, aggregate }) => [start, aggregate.count]),
    [
      [hour(1) + 7, 1],
      [hour(3) + 7, 3],
      [hour(5) + 7, 5],
    ],
  )
  const day = await counts.read(SERIES, { resolution: 'day', from: DAY, to: hour(24) })
  assert.equal(day.periods[0]?.aggregate.count, 9, 'days are added up of what was carried over')
  const rolled = await rollups.readRollups(SERIES, { resolution: 'hour', from: DAY, to: hour(24) })
  assert.deepEqual(
    rolled.periods.map(({ start }) => start),
    [hour(1), hour(3)],
  )
  const audits = await rollups.readHours(DAY, hour(24))
  assert.deepEqual(
    audits.map((audit) => audit.hour),
    [hour(1), hour(3)],
  )
  const reconciled = { version: 6, toMinute: hour(4), exceptHours: [hour(1), hour(2)] }
  assert.deepEqual(await rollups.readReconciled(), reconciled)
  assert.deepEqual(rollups.swept, { minutesFrom: hour(0), hoursFrom: DAY })
  assert.equal(await counts.readCheckpoint('aa-0'), null)
  assert.deepEqual((await journal.find('privacy', 'act'))?.body, { videoId: 'x' })
  assert.deepEqual(await new EmbeddedAlerts(again.stores.database).all(), [ALERT])
  for (const { stores } of [old, again]) await stores.close()
})
