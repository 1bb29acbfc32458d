// Makes a backup of separate services while they work. The order is what makes it right: docs/decisions/0055.
import { randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../../../lib/clock.ts'
import { Fault } from '../../../lib/fault.ts'
import { instantText, minuteText } from '../../../lib/time-text.ts'
import { DAY_MS, hourOf, MINUTE_MS, MINUTES_PER_HOUR, minuteOf } from '../../../model/bucket.ts'
import { completeFrom, isClosed } from '../../../services/reconciler/recount/due-hours.ts'
import { readCheckpoints } from '../../../stores/archive/duckdb/checkpoints.ts'
import type { JournalEntry } from '../../../stores/counts/journal.ts'
import type { Rebuild } from '../../../stores/counts/rebuilds.ts'
import type { HourAudit } from '../../../stores/counts/rollups.ts'
import { toJson } from '../../../stores/layouts/layout-form.ts'
import { currentIdentity, type Identity } from '../../../stores/log/kafka/identity.ts'
import { layoutOrder } from '../../../stores/log/kafka/layout-order.ts'
import { readMeta } from '../../../stores/log/kafka/meta.ts'
import { metaTopicOf } from '../../../stores/log/kafka/topics.ts'
import { partitionsOf, sourceOf } from '../../../stores/log/lanes.ts'
import { EVENT_LANES } from '../../../stores/log/log.ts'
import { ProgressLine } from '../../rebuild/cluster/progress-line.ts'
import type { Said } from '../../rebuild/cluster/run-cluster.ts'
import { byKey, privacyAct } from './acts.ts'
import { again, askedAgain } from './again.ts'
import { BackupFolder } from './backup-folder.ts'
import type { CopiedCluster } from './cluster.ts'
import { type ClusterManifest, countsText, type JournalRow, STATE_FILE, type State } from './contents.ts'
import { copyArchive } from './copy-archive.ts'
import { lastHourOf, type Moment, takeMoment, untilKept } from './moment.ts'
import { entriesOf, journalRows, letterRows, minutesRows, sketchRows, titleRows } from './rows.ts'

/** Hours that begin in the next days may be there, if clocks differ. */
const AHEAD_MS = 2 * DAY_MS

type Work = {
  readonly cluster: CopiedCluster
  readonly folder: BackupFolder
  readonly clock: Clock
  readonly show: (what: string) => void
}

/** What was asked for before anything was copied, by name. */
type ActsBefore = Readonly<Record<'privacy' | 'letters', ReadonlyMap<string, JournalEntry>>>

/**
 * @param out an empty directory
 * Fails with a Fault, and as the cluster and the disk do; then there is no manifest.
 */
export async function backUpCluster(
  cluster: CopiedCluster,
  out: string,
  clock: Clock,
  said: Said,
): Promise<ClusterManifest> {
  const line = new ProgressLine(said, clock)
  const show = (what: string) => line.show(what)
  const work: Work = { cluster, folder: new BackupFolder(out), clock, show }
  const facts = await factsOf(cluster, clock)
  const before: ActsBefore = {
    privacy: byKey(await entriesOf(cluster, 'privacy', clock)),
    letters: byKey(await entriesOf(cluster, 'dead-letters', clock)),
  }
  const moment = await takeMoment(cluster, clock)
  checkSources(facts, moment)
  await untilKept(cluster, moment, clock, show)
  const { hours, imports } = await copyEvents(work, moment)
  const reconciled = await copyCounts(work, moment)
  const letters = await copyRest(work, before, imports)
  checkSame(facts, await factsOf(cluster, clock))
  await work.folder.bytes(STATE_FILE, Buffer.from(JSON.stringify({ ...facts.state, reconciled })))
  line.clear()
  said.print(`${hours.held.size} hours with raw events, ${letters} dead letters`)
  const { takenMs, closedTo, unheard } = moment
  return work.folder.end<ClusterManifest>({
    ...{ product: cluster.product, asOf: instantText(moment.asOfMs), sources: moment.sources },
    cluster: {
      ...{ id: randomUUID(), takenMs, closedTo, unheard },
      damagedHours: Array.from(hours.damaged).sort((a, b) => a - b),
    },
  })
}

/**
 * How far imports have come is read before the archive, which then holds all that they say is stored. Fails with a
 * Fault where what an hour counted must be kept as it is, and is not final.
 */
async function copyEvents({ cluster, folder, clock, show }: Work, { takenMs, closedTo }: Moment) {
  const imports = journalRows('imports', await entriesOf(cluster, 'imports', clock))
  const hours = await copyArchive(askedAgain(cluster.objects, clock), folder, (copied, of) =>
    show(`archive: ${copied} of ${of} files`),
  )
  const checkpoints = Array.from((await again(clock, () => readCheckpoints(cluster.objects))).values())
  const missingBeforeMs = Math.max(0, ...checkpoints.map((one) => one.missingBeforeMs))
  const lastHour = lastHourOf(takenMs, cluster.batch.aheadMs)
  const open = Array.from(hours.damaged).filter((hour) => !isClosed(hour, closedTo) && hour <= lastHour)
  const wholeFrom = completeFrom(missingBeforeMs, cluster.batch)
  if (wholeFrom > hourOf(closedTo)) open.push(hourOf(wholeFrom - 1))
  if (open.length > 0) throw notFinal(Math.max(...open), cluster)
  return { hours, imports }
}

function notFinal(hour: number, { batch: { horizonMs, slackMs } }: CopiedCluster): Fault {
  const closedMs = (hour + MINUTES_PER_HOUR) * MINUTE_MS + horizonMs + slackMs
  return new Fault(
    `The archive lacks raw events of the hour from ${minuteText(hour)} on, or they are damaged, and what was counted ` +
      `of it is not final yet. Back up again after ${minuteText(minuteOf(closedMs) + 1)}.`,
  )
}

/** After the archive: what an hour counted is final when its raw events are purged. Returns how far recounts are. */
async function copyCounts({ cluster, folder, clock, show }: Work, { closedTo }: Moment) {
  const { rollups, alerts } = cluster.stores
  show('audits and rollups')
  // Before the rollups, which may be newer than what it says, and never older.
  const reconciled = await again(clock, () => rollups.readReconciled())
  const readAudits = () => again(clock, () => rollups.readHours(0, minuteOf(clock.nowMs() + AHEAD_MS)))
  const audits = await readAudits()
  await folder.table('rollups', rollups.stored(), countsText)
  show('viewers')
  await folder.table('sketches', sketchRows(cluster))
  show('minutes')
  await folder.table('minutes', minutesRows(cluster, closedTo, clock), countsText)
  await folder.table('alerts', inOneLot(await again(clock, () => alerts.all())))
  const later = new Map((await readAudits()).map((audit) => [audit.hour, audit]))
  const settled = audits.map((audit) => settledOf(audit, later.get(audit.hour) ?? audit))
  await folder.table('audits', inOneLot(settled))
  return reconciled
}

/**
 * A purge that is noted may be taken back at once, because the hour has got events. Events that are found to be gone
 * after the first look are still in its rollups.
 */
function settledOf(audit: HourAudit, later: HourAudit): HourAudit {
  const { missing } = later.missing.length > 0 ? later : audit
  return { ...audit, purged: audit.purged && later.purged, missing }
}

/** Returns how many dead letters. Acts of privacy come last: whatever they did to what is copied is known. */
async function copyRest(
  { cluster, folder, clock, show }: Work,
  before: ActsBefore,
  imports: readonly JournalRow[],
): Promise<number> {
  show('dead letters, titles and the journal')
  const letters = await folder.table('letters', letterRows(cluster, before.letters, clock))
  await folder.table('titles', titleRows(cluster, clock))
  const others = await Promise.all(
    (['weak-audit', 'alerts'] as const).map(async (book) =>
      journalRows(book, await entriesOf(cluster, book, clock)),
    ),
  )
  const acts = await entriesOf(cluster, 'privacy', clock)
  const privacy = journalRows(
    'privacy',
    acts.map((act) => privacyAct(act, before.privacy.get(act.key))),
  )
  await folder.table('journal', inOneLot([...imports, ...others.flat(), ...privacy]))
  return letters
}

type Facts = {
  readonly state: Omit<State, 'reconciled'>
  readonly identity: Identity
  readonly rebuild: Rebuild | null
}

/** What must not change meanwhile. Fails with a Fault where nothing can be backed up. */
async function factsOf({ client, prefix, stores }: CopiedCluster, clock: Clock): Promise<Facts> {
  const rebuild = await again(clock, () => stores.rebuilds.readRebuild())
  if (rebuild !== null && !rebuild.isDone) {
    throw new Fault(
      'The counts are being counted again: back them up when npm run rebuild -- --cluster has ended.',
    )
  }
  const entries = await again(clock, () => readMeta(client, metaTopicOf(prefix)))
  const nameKey = entries.find(({ kind }) => kind === 'namekey')
  const identity = currentIdentity(entries)
  if (nameKey === undefined || identity === null)
    throw new Fault('The log was never used: there is nothing to back up.')
  const newest = layoutOrder(entries).layouts.at(-1)
  const { partitions } = identity
  const layout = newest === undefined ? null : toJson(newest)
  return { state: { nameKey: nameKey.value, layout, partitions }, identity, rebuild }
}

/** A broker that is behind may not know of all partitions that were declared. */
function checkSources({ identity: { incarnation, partitions, lanes } }: Facts, { sources }: Moment): void {
  const seen = new Set(sources.map(({ id }) => id))
  for (const lane of EVENT_LANES.filter((one) => lanes.includes(one))) {
    for (let i = 0; i < partitionsOf(lane, partitions); i++) {
      if (seen.has(sourceOf(incarnation, lane, i).id)) continue
      throw new Fault(`Kafka does not show partition ${i} of ${lane} yet: back up again in a moment.`)
    }
  }
}

function checkSame(before: Facts, after: Facts): void {
  const isSame =
    isDeepStrictEqual(before.identity, after.identity) && before.rebuild?.begunMs === after.rebuild?.begunMs
  if (isSame) return
  throw new Fault('The log or the keyspace was made anew, or the log has grown, meanwhile: back up again.')
}

async function* inOneLot<T>(rows: readonly T[]): AsyncGenerator<readonly T[]> {
  yield rows
}
