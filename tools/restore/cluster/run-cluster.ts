// Restores a backup into empty servers. Killed, it is run again and goes on; until it has ended, and everything is
// counted again, the note in the keyspace keeps every answer from being called complete.
import { randomUUID } from 'node:crypto'
import type { Clock } from '../../../lib/clock.ts'
import { Fault } from '../../../lib/fault.ts'
import { MINUTES_PER_HOUR, minuteOf } from '../../../model/bucket.ts'
import { completeFrom } from '../../../services/reconciler/recount/due-hours.ts'
import { checkBackup } from '../../../stores/backup/restore-backup.ts'
import type { Rebuild } from '../../../stores/counts/rebuilds.ts'
import type { HourAudit } from '../../../stores/counts/rollups.ts'
import { again } from '../../backup/cluster/again.ts'
import { lastHourOf } from '../../backup/cluster/moment.ts'
import { checkNobodyCounts, noted } from '../../rebuild/cluster/prepare.ts'
import { ProgressLine } from '../../rebuild/cluster/progress-line.ts'
import type { Said } from '../../rebuild/cluster/run-cluster.ts'
import { type ClusterBackup, openBackup } from './backup.ts'
import { checkStores } from './check-stores.ts'
import { checkArchive, checkTarget } from './check-target.ts'
import type { NewCluster, NewStores } from './cluster.ts'
import { Fates } from './fates.ts'
import { putCounts } from './put-counts.ts'
import { incarnationOf, putLetters, putNameKey, putTitles, putTopics } from './put-log.ts'

const BEFORE_RESTORE =
  'Stop partitioners too: until the restore has ended there is no log that takes anything. Nothing was changed.'
const IN_RESTORE =
  'Stop partitioners too. What is restored so far stays: run the restore again then, and it goes on.'

/** Needs no servers. Fails with a Fault that says what is wrong with the backup. */
export async function checkedBackup(from: string, clock: Clock, said: Said): Promise<ClusterBackup> {
  const backup = await openBackup(from)
  const line = new ProgressLine(said, clock)
  line.show('checking every file of the backup')
  try {
    await checkBackup(from, backup.manifest, () => {})
  } finally {
    line.clear()
  }
  return backup
}

/** @param backup a checked one. Fails with a Fault, and as the cluster does. */
export async function restoreCluster(
  cluster: NewCluster,
  backup: ClusterBackup,
  clock: Clock,
  said: Said,
): Promise<void> {
  const line = new ProgressLine(said, clock)
  const begun = await checkTarget(cluster, backup, clock)
  if (begun?.isPrepared) said.print('This backup is restored already.')
  else {
    await checkNobodyCounts(cluster, clock, begun === null ? BEFORE_RESTORE : IN_RESTORE)
    await using stores = await cluster.openStores()
    await putAll(cluster, stores, backup, { begun, clock, line })
  }
  // In tables of this log alone: whatever was made of another one is never looked at.
  await cluster.applyTitles((left) => line.show(`titles: ${left} changes left`))
  line.clear()
  for (const text of nextSteps(backup)) said.print(text)
}

type Work = { readonly begun: Rebuild | null; readonly clock: Clock; readonly line: ProgressLine }

async function putAll(
  cluster: NewCluster,
  stores: NewStores,
  backup: ClusterBackup,
  { begun, clock, line }: Work,
): Promise<void> {
  const note = await takeOver(stores, backup, begun, clock)
  await checkNobodyCounts(cluster, clock, IN_RESTORE) // none can start any more: they are refused
  const checkMine = () => checkTaken(stores, note, clock)
  await checkMine()
  const show = (what: string) => line.show(what)
  const fates = await fatesOf(backup, cluster.aheadMs)
  await checkStores(stores, backup, fates, clock)
  // Again: another restore may have gone on in between, until this one took over.
  await checkArchive(cluster, backup, clock, 'bytes')
  const state = await backup.state()
  const incarnation = incarnationOf(note)
  await putNameKey(cluster, state, incarnation, clock)
  await putArchive(cluster, backup, { show, checkMine, clock })
  await putCounts(backup, fates, { stores, clock, show, checkMine })
  show('topics, titles and dead letters')
  await checkMine()
  await putTopics(cluster, state, incarnation, clock, async () => {
    await putTitles(cluster, backup, clock)
    await checkMine()
    await putLetters(cluster, stores.journal, backup, incarnation, clock)
    await checkMine()
    await checkStores(stores, backup, fates, clock)
    await checkArchive(cluster, backup, clock, 'size')
  })
  await checkMine()
  const recountTo = recountToOf(backup, cluster)
  await again(clock, () => noted(stores.rebuilds, note, { isPrepared: true, recountTo }, clock))
  line.clear()
}

/** The end of the newest hour that is waited for. */
function recountToOf({ hours, manifest }: ClusterBackup, { aheadMs }: NewCluster): number {
  const lastHour = lastHourOf(manifest.cluster.takenMs, aheadMs)
  const ends = hours.held.values().map((hour) => Math.min(hour, lastHour) + MINUTES_PER_HOUR)
  return ends.reduce((to, end) => Math.max(to, end), 0)
}

/** Of several commands the latest goes on, so that one which hangs cannot keep others out. */
async function takeOver(
  { rebuilds }: NewStores,
  backup: ClusterBackup,
  begun: Rebuild | null,
  clock: Clock,
): Promise<Rebuild> {
  const nowMs = clock.nowMs()
  const note: Rebuild = begun ?? {
    ...{ version: nowMs, begunMs: nowMs, viewersTo: 0, isPrepared: false, isDone: false },
    restoreOf: backup.manifest.cluster.id,
    // Whatever was acknowledged after the backup is lost, and nobody knows up to when that was.
    fromMinute: minuteOf(nowMs) + 1,
  }
  return again(clock, () => noted(rebuilds, note, { restorer: randomUUID() }, clock))
}

/** Fails with a Fault where another command has taken over. */
async function checkTaken({ rebuilds }: NewStores, { restorer }: Rebuild, clock: Clock): Promise<void> {
  const note = await again(clock, () => rebuilds.readRebuild())
  if (note?.restorer === restorer && !note?.isPrepared) return
  throw new Fault('Another restore of this backup has begun later, and goes on: this one ends here.')
}

async function fatesOf(backup: ClusterBackup, aheadMs: number): Promise<Fates> {
  const { takenMs, closedTo } = backup.manifest.cluster
  return new Fates({
    ...{ takenMs, closedTo, hours: backup.hours },
    completeFrom: completeFrom(await backup.missingBeforeMs(), { aheadMs }),
    audits: (await Array.fromAsync(backup.rows<HourAudit>('audits'))).flat(),
  })
}

/** Objects are there as a whole or not at all; so what a killed restore has written needs not be written again. */
async function putArchive(
  { objects }: NewCluster,
  backup: ClusterBackup,
  { show, checkMine, clock }: { show(what: string): void; checkMine(): Promise<void>; clock: Clock },
): Promise<void> {
  const there = new Set((await again(clock, () => objects.list(''))).map(({ key }) => key))
  const { archive } = backup
  for (const [i, { key, path }] of archive.entries()) {
    show(`archive: ${i + 1} of ${archive.length} files`)
    if (there.has(key)) continue
    const bytes = await backup.bytes(path)
    await checkMine() // the archive of the other one may be that of another backup
    await again(clock, () => objects.write(key, bytes))
  }
}

function nextSteps({ manifest: { asOf, cluster } }: ClusterBackup): readonly string[] {
  return [
    `Restored: everything that was acknowledged before ${asOf}.`,
    'Missing, until it is sent again: whatever was acknowledged later. Import it, if senders have kept it.',
    'Ask again for removals of videos and viewers that were asked for later, and set later alerts and titles again.',
    ...(cluster.unheard === 0
      ? []
      : [
          `${cluster.unheard} partitioners could not be heard then: what was on their disks is not in the backup.`,
        ]),
    'Now start every partitioner that has a disk of before, first of all: it hands over what was acknowledged and is',
    'on it. What is on disks that never come back is missing, and nothing says so: the new log does not know them.',
    'When npm run watermarks -- list shows each of them, start all other services, and then:',
    'npm run rebuild -- --cluster --yes',
    'It waits until everything is counted again. Until it has ended, no answer is complete.',
  ]
}
