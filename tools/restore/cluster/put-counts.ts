// Writes what was counted, and what nothing can make again. Each step may be repeated after a kill: rows have the
// versions that they had.
import type { Clock } from '../../../lib/clock.ts'
import { Fault } from '../../../lib/fault.ts'
import { mapBounded } from '../../../lib/map-bounded.ts'
import { dayOf } from '../../../model/bucket.ts'
import { seriesText } from '../../../model/series-text.ts'
import type { Aggregate } from '../../../model/total.ts'
import type { Alert } from '../../../stores/alerts/alerts.ts'
import { BATCH_SOURCE, type CountRow } from '../../../stores/counts/counts.ts'
import type { StoredRollup } from '../../../stores/counts/rollups.ts'
import { again } from '../../backup/cluster/again.ts'
import { type JournalRow, type MinutesRow, parseCounts, sketchOf } from '../../backup/cluster/contents.ts'
import type { ClusterBackup } from './backup.ts'
import { checkAlert } from './check-stores.ts'
import type { NewStores } from './cluster.ts'
import type { Fates } from './fates.ts'

/** What the stream counted, of all sources of the log that is lost. */
const STREAM_SOURCE = 'restored'
const WRITES_IN_FLIGHT_MAX = 64

type To = {
  readonly stores: NewStores
  readonly clock: Clock
  readonly show: (what: string) => void
  /** Fails where another command has taken over. */
  readonly checkMine: () => Promise<void>
}

export async function putCounts(backup: ClusterBackup, fates: Fates, to: To): Promise<void> {
  const { stores, clock, show, checkMine } = to
  const { reconciled } = await backup.state()
  if (reconciled !== null)
    await again(clock, () => stores.rollups.writeReconciled(fates.reconciled(reconciled)))
  await putRollups(backup, fates, to)
  await addUpDays(backup, fates, to)
  await putMinutes(backup, fates, to)
  show('viewers')
  for await (const rows of backup.rows<Parameters<typeof sketchOf>[0]>('sketches')) {
    await again(clock, () => stores.uniques.mergeStored(rows.map(sketchOf)))
  }
  await checkMine()
  show('alerts and the journal')
  for await (const rows of backup.rows<Alert>('alerts')) {
    for (const alert of rows) await putAlert(alert, to)
  }
  for await (const rows of backup.rows<JournalRow>('journal')) {
    await mapBounded(rows, WRITES_IN_FLIGHT_MAX, ({ book, ...entry }) =>
      again(clock, () => stores.journal.append(book, entry)),
    )
  }
  // Last: an hour with an audit is one of which everything is there.
  await again(clock, () => stores.rollups.writeHours(fates.audits))
}

async function putAlert(alert: Alert, { stores: { alerts }, clock }: To): Promise<void> {
  const isNew = await again(clock, () => alerts.write(alert, null))
  if (!isNew) checkAlert(await again(clock, () => alerts.find(alert.tenant, alert.alertId)), alert)
}

async function putRollups(backup: ClusterBackup, fates: Fates, { stores, clock, show, checkMine }: To) {
  let written = 0
  for await (const rows of backup.rows<StoredRollup>('rollups', parseCounts)) {
    await checkMine()
    const kept = rows.filter((row) => fates.isRollupKept(row))
    const lots = Array.from(
      Map.groupBy(kept, ({ resolution, version }) => `${resolution} ${version}`).values(),
    )
    await mapBounded(lots, WRITES_IN_FLIGHT_MAX, (lot) => {
      const { resolution, version } = lot[0]!
      return again(clock, () => stores.rollups.writeRollups(resolution, version, lot))
    })
    written += kept.length
    show(`hours and days: ${written} rows`)
  }
}

/** The last days, of which some hours are not carried over. */
async function addUpDays(
  backup: ClusterBackup,
  fates: Fates,
  { stores: { rollups }, clock }: To,
): Promise<void> {
  const { takenMs } = backup.manifest.cluster
  for await (const rows of backup.rows<StoredRollup>('rollups', parseCounts)) {
    const hours = rows.filter((row) => {
      return row.resolution === 'hour' && row.start >= fates.firstDayAddedUp && fates.isRollupKept(row)
    })
    for (const [day, some] of Map.groupBy(hours, ({ start }) => dayOf(start))) {
      const series = Array.from(new Map(some.map((row) => [seriesText(row.series), row.series])).values())
      const sums = await again(clock, () => rollups.addUpDay(day, series))
      const days = series.map((one, i) => ({ series: one, start: day, aggregate: sums[i]! }))
      await again(clock, () => rollups.writeRollups('day', takenMs, days))
    }
  }
}

async function putMinutes(backup: ClusterBackup, fates: Fates, { stores, clock, show, checkMine }: To) {
  let written = 0
  for await (const rows of backup.rows<MinutesRow>('minutes', parseCounts)) {
    await checkMine()
    const ofStream: CountRow[] = []
    const ofBatch: CountRow[] = []
    for (const { tenant, videoId, type, minutes, hour } of rows) {
      if (!fates.isCarriedOver(hour)) continue
      for (const { minute, stream, batch } of minutes) {
        // Every row that is counted later has a higher one.
        const rowOf = (aggregate: Aggregate): CountRow => {
          return { bucket: { tenant, videoId, type, minute }, total: { ...aggregate, upTo: 0 } }
        }
        ofStream.push(rowOf(stream))
        if (batch !== null) ofBatch.push(rowOf(batch))
      }
    }
    for (const [source, some] of [
      [STREAM_SOURCE, ofStream],
      [BATCH_SOURCE, ofBatch],
    ] as const) {
      const refused = await again(clock, () => stores.counts.write(source, some))
      if (refused.length > 0) throw new Fault(`A row of minutes was refused: ${refused[0]!.reason}`)
    }
    written += ofStream.length
    show(`minutes: ${written} rows`)
  }
}
