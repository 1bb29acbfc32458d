// Whether what the stores hold when a restore goes on is what it has written before it was killed. Equal is fine, and
// written again; anything else is of somebody who should not have been there, and nothing is written over it. Rollups
// and minutes are not compared: whoever else writes them leaves checkpoints, or says how far recounts are.
import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../../../lib/clock.ts'
import { Fault } from '../../../lib/fault.ts'
import type { Alert } from '../../../stores/alerts/alerts.ts'
import { again } from '../../backup/cluster/again.ts'
import type { JournalRow } from '../../backup/cluster/contents.ts'
import type { ClusterBackup } from './backup.ts'
import type { NewStores } from './cluster.ts'
import type { Fates } from './fates.ts'

const BOOKS = ['privacy', 'weak-audit', 'imports', 'alerts'] as const
const ENTRIES_MAX = 2 ** 31 - 1

/** Fails with a Fault. */
export async function checkStores(
  { counts, rollups, alerts, journal }: NewStores,
  backup: ClusterBackup,
  fates: Fates,
  clock: Clock,
): Promise<void> {
  const [source] = (await again(clock, () => counts.checkpoints())).keys()
  if (source !== undefined) throw foreign(`a checkpoint of ${source}`)
  const { reconciled } = await backup.state()
  const ours = reconciled === null ? null : fates.reconciled(reconciled)
  const noted = await again(clock, () => rollups.readReconciled())
  if (noted !== null && !isSame(noted, ours)) throw foreign('a note of a recount')
  const audits = new Map(fates.audits.map((audit) => [audit.hour, audit]))
  for (const audit of await again(clock, () => rollups.readHours(0, Number.MAX_SAFE_INTEGER))) {
    if (!isSame(audit, audits.get(audit.hour))) throw foreign('an audit of an hour')
  }
  const alertsOfOurs = new Map<string, Alert>()
  for await (const rows of backup.rows<Alert>('alerts')) {
    for (const alert of rows) alertsOfOurs.set(nameOf(alert), alert)
  }
  for (const alert of await again(clock, () => alerts.all()))
    checkAlert(alert, alertsOfOurs.get(nameOf(alert)))
  const entries = new Set((await Array.fromAsync(backup.rows<JournalRow>('journal'))).flat().map(textOf))
  for (const book of BOOKS) {
    for (const entry of await again(clock, () => journal.latest(book, ENTRIES_MAX))) {
      if (!entries.has(textOf({ book, ...entry }))) throw foreign(`an entry of the journal (${book})`)
    }
  }
}

export function checkAlert(there: Alert | null, ours: Alert | undefined): void {
  if (!isSame(there, ours)) throw foreign(`the alert ${there?.alertId ?? ours?.alertId}`)
}

export function foreign(what: string): Fault {
  return new Fault(
    `There is ${what} that is not of this backup, and it was left as it is: a process must have run before the ` +
      'restore had ended. Stop all services, set KAFKA_PREFIX, CASSANDRA_KEYSPACE and ARCHIVE_URL to places that are ' +
      'empty, and restore again. Keep the topics: they may hold events that were acknowledged.',
  )
}

/** As they are stored, in JSON. */
function isSame(a: unknown, b: unknown): boolean {
  if (a == null || b == null) return a === b
  return isDeepStrictEqual(JSON.parse(JSON.stringify(a)), JSON.parse(JSON.stringify(b)))
}

function nameOf({ tenant, alertId }: Alert): string {
  return JSON.stringify([tenant, alertId])
}

function textOf({ book, atMs, key, body }: JournalRow): string {
  return JSON.stringify([book, atMs, key, body])
}
