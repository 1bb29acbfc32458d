// Carries over from one database of counts to another what is not made again: counts of hours of which there are no raw
// events any more, those of hours that are not closed, how far old ones were removed, the journal, and alerts. The rest
// is counted again.
import { hourOf } from '../../../model/bucket.ts'
import { jsonValue, parseJsonText } from '../../disk/checked-value.ts'
import { damaged } from '../../disk/data-directory.ts'
import type { LevelDatabase, Operation } from '../../disk/level-database.ts'
import type { Reconciled } from '../rollups.ts'
import { type EmbeddedStores, loadEmbeddedStores } from './embedded-stores.ts'
import {
  AUDITS,
  auditStart,
  EARLIEST,
  type KeyRange,
  parsePeriodKey,
  RECONCILED_KEY,
  SWEPT_KEY,
  tableRange,
} from './rows.ts'

export type Raw = {
  /** Starts of the hours of which raw events are archived. */
  readonly heldHours: ReadonlySet<number>
  /** The log holds all events of hours from this one on that are not archived. */
  readonly logFrom: number
  /**
   * Hours from this one on are not recounted before they close. What the stream counted of them stays: it skips what
   * its rows include (law 3), and some of that may have left the log.
   */
  readonly openFrom: number
}

/** How much there is, of each kind. */
export type CarriedOver = {
  readonly minuteRows: number
  readonly hourRollups: number
  readonly dayRollups: number
  readonly journalEntries: number
  readonly alerts: number
}

const BATCH_ENTRIES_MAX = 1_000
const JOURNAL: readonly KeyRange[] = [
  { gte: 'journal/', lt: 'journal0' },
  { gte: 'journal-key/', lt: 'journal-key0' },
]
const SWEPT: KeyRange = { gte: SWEPT_KEY, lt: `${SWEPT_KEY}!` }
const ALERTS: KeyRange = { gte: 'alert/', lt: 'alert0' }

/**
 * Fails with a DataDirectoryError where the old database cannot be read to its end.
 * @param into null: nothing is written, only looked at
 */
export async function carryOver(
  old: LevelDatabase,
  { heldHours, logFrom, openFrom }: Raw,
  into: { readonly level: LevelDatabase; readonly stores: EmbeddedStores } | null,
): Promise<CarriedOver> {
  const isCarried = (hour: number) => hour < logFrom && !heldHours.has(hour)
  const stores = await loadEmbeddedStores(old)
  let minuteRows = 0
  for await (const { sourceId, rows } of stores.counts.rowsFrom(EARLIEST)) {
    const carried = rows.filter(({ bucket }) => {
      const hour = hourOf(bucket.minute)
      return hour >= openFrom || isCarried(hour)
    })
    minuteRows += carried.length
    if (carried.length > 0) await into?.stores.counts.write(sourceId, carried)
  }
  const copied = (range: KeyRange, isWanted: (key: string) => boolean) =>
    copyEntries(old, range, isWanted, into?.level ?? null)
  const startOf = (table: 'hour-rollup' | 'day-rollup', key: string) => parsePeriodKey(table, key).start
  const hourRollups = await copied(tableRange('hour-rollup'), (key) => isCarried(startOf('hour-rollup', key)))
  // A day of which hours are counted again is added up again, from its hours.
  const dayRollups = await copied(tableRange('day-rollup'), (key) => startOf('day-rollup', key) < logFrom)
  await copied({ gte: AUDITS, lt: `${AUDITS}~` }, (key) => isCarried(auditStart(key)))
  await copyReconciled(old, heldHours, logFrom, into?.level ?? null)
  await copied(SWEPT, () => true)
  let journalEntries = 0
  for (const range of JOURNAL) journalEntries += await copied(range, () => true)
  const alerts = await copied(ALERTS, () => true)
  return { minuteRows, hourRollups, dayRollups, journalEntries, alerts }
}

async function copyEntries(
  old: LevelDatabase,
  range: KeyRange,
  isWanted: (key: string) => boolean,
  into: LevelDatabase | null,
): Promise<number> {
  let copied = 0
  const iterator = old.level.iterator(range)
  try {
    while (true) {
      const entries = await iterator.nextv(BATCH_ENTRIES_MAX)
      if (entries.length === 0) return copied
      const wanted = entries.filter(([key]) => isWanted(key))
      const operations = wanted.map(([key, value]): Operation => ({ type: 'put', key, value }))
      if (operations.length > 0) await into?.write(operations)
      copied += operations.length
    }
  } catch (error) {
    throw old.fault(error)
  } finally {
    await iterator.close()
  }
}

/** It covers what is carried over, and nothing that is counted again. */
async function copyReconciled(
  old: LevelDatabase,
  heldHours: ReadonlySet<number>,
  logFrom: number,
  into: LevelDatabase | null,
): Promise<void> {
  const value = await old.level.get(RECONCILED_KEY)
  if (value === undefined) return
  const text = parseJsonText(RECONCILED_KEY, value)
  if (text === null) throw damaged(old.directory, `The entry ${RECONCILED_KEY} has a wrong checksum.`)
  const { version, toMinute, exceptHours } = JSON.parse(text) as Reconciled
  const covered = Math.min(toMinute, logFrom)
  const except = new Set([...exceptHours, ...heldHours].filter((hour) => hour < covered))
  const carried: Reconciled = {
    version,
    toMinute: covered,
    exceptHours: Array.from(except).sort((a, b) => a - b),
  }
  await into?.write([{ type: 'put', key: RECONCILED_KEY, value: jsonValue(RECONCILED_KEY, carried) }])
}
