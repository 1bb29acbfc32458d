// Counts a lost keyspace again, with the services: makes it anew, has them started, merges viewers, and waits until all
// is counted. What has been done is noted in the keyspace, so that it goes on after a kill.
import type { Clock } from '../../../lib/clock.ts'
import { Fault } from '../../../lib/fault.ts'
import { instantText, minuteText } from '../../../lib/time-text.ts'
import { MINUTES_PER_HOUR, SECOND_MS } from '../../../model/bucket.ts'
import { isHalfRestored, type Rebuild } from '../../../stores/counts/rebuilds.ts'
import type { Screen } from '../../backup/byte-progress.ts'
import { rangesOf } from '../survey.ts'
import type { Cluster, ClusterSettings, NewCounts } from './cluster.ts'
import { BEFORE_REBUILD, checkNobodyCounts, noted, prepare } from './prepare.ts'
import { ProgressLine } from './progress-line.ts'
import { linesOf } from './report.ts'
import { survey } from './survey.ts'
import { untilCounted } from './until-counted.ts'

export type Command = {
  readonly settings: ClusterSettings
  /** Whether to go on after the list. */
  readonly isAgreed: boolean
  /** Whether only to accept what is lost for good. */
  readonly accepts: boolean
}

export type Said = { readonly print: (line: string) => void; readonly screen: Screen }

/**
 * Returns whether everything is counted again as it was; without agreement, that it would begin. Fails with a Fault,
 * and as the cluster does.
 */
export async function runCluster(
  cluster: Cluster,
  { settings, isAgreed, accepts }: Command,
  clock: Clock,
  said: Said,
): Promise<boolean> {
  const { print } = said
  const state = await cluster.keyspaceState()
  if (accepts) return accept(cluster, state, clock, said)
  if (state === 'held') throw heldFault(cluster)
  if (state !== 'lost' && state.isDone) {
    print(`The rebuild of ${instantText(state.begunMs)} is done.`)
    return true
  }
  const startMs = clock.nowMs()
  const found = await survey(cluster, settings, clock)
  if (state !== 'lost') print(`Goes on with the rebuild of ${instantText(state.begunMs)}.`)
  else {
    for (const line of linesOf(cluster, found)) print(line)
    if (!isAgreed) {
      await checkNobodyCounts(cluster, clock, BEFORE_REBUILD)
      print('Nothing was changed. To begin: the same with --yes')
      return true
    }
  }
  const isPrepared = state !== 'lost' && state.isPrepared
  if (state !== 'lost' && isHalfRestored(state)) throw halfRestored(cluster)
  if (!isPrepared) await checkNobodyCounts(cluster, clock, BEFORE_REBUILD)
  await using stores = await cluster.openCounts()
  const prepared = isPrepared ? state : await prepare(stores, state === 'lost' ? null : state, found, clock)
  print(
    'Start processing, workers, reconcilers and query services now, in any order. This command waits for them;',
  )
  print('if it is ended, run it again: until it has come to its end no answer is complete.')
  const merged = await mergeViewers(cluster, stores, prepared, clock, said)
  const { recountTo = 0 } = prepared
  const isExact = await waitFor(cluster, stores, { ...settings, recountTo }, clock, said)
  await applyTitles(cluster, clock, said)
  const done = await noted(stores.rebuilds, merged, { isDone: true }, clock)
  const seconds = ((clock.nowMs() - startMs) / SECOND_MS).toFixed(0)
  print(`${cluster.keyspace}: everything is counted again, ${seconds} s.`)
  if (done.fromMinute > 0) {
    print(
      `Answers that reach back before ${minuteText(done.fromMinute)} are not complete, and /health/ready of the`,
    )
    print('query services says so. To accept that: npm run rebuild -- --cluster --accept')
  }
  return isExact
}

function halfRestored({ keyspace }: Cluster): Fault {
  return new Fault(
    `A backup was not restored to its end into the keyspace ${keyspace}: run npm run restore -- --cluster again first.`,
  )
}

function heldFault({ keyspace }: Cluster): Fault {
  return new Fault(
    `The keyspace ${keyspace} holds counts, so it is not lost, and nothing was changed. If they are what processes ` +
      `counted since it was made anew: stop processing, workers, reconcilers and query services, drop it ` +
      `(DROP KEYSPACE ${keyspace}) and run this again. To count into another one, set CASSANDRA_KEYSPACE.`,
  )
}

async function accept(
  cluster: Cluster,
  state: Rebuild | 'lost' | 'held',
  clock: Clock,
  { print }: Said,
): Promise<boolean> {
  if (state === 'lost' || (state !== 'held' && !state.isDone)) {
    throw new Fault(`The keyspace ${cluster.keyspace} is not counted again yet: run this without --accept.`)
  }
  if (state === 'held' || state.fromMinute === 0) {
    print('Nothing is reported as lost.')
    return true
  }
  await using stores = await cluster.openCounts()
  await noted(stores.rebuilds, state, { fromMinute: 0 }, clock)
  print(`Counts before ${minuteText(state.fromMinute)} are no longer reported as lost.`)
  return true
}

/** Archivers merge those of what they archive from now on. */
async function mergeViewers(
  { archive }: Cluster,
  { uniques, rebuilds }: NewCounts,
  prepared: Rebuild,
  clock: Clock,
  said: Said,
): Promise<Rebuild> {
  const line = new ProgressLine(said, clock)
  let rebuild = prepared
  const hours = (await archive.holdings()).map(({ hour }) => hour)
  for (const [i, hour] of hours.entries()) {
    if (hour < rebuild.viewersTo) continue
    line.show(`viewers: hour ${i + 1} of ${hours.length}`)
    for await (const sketches of archive.viewers(hour)) await uniques.merge(sketches)
    rebuild = await noted(rebuilds, rebuild, { viewersTo: hour + MINUTES_PER_HOUR }, clock)
  }
  line.clear()
  return rebuild
}

/** They are in the keyspace too, made from their topic. */
async function applyTitles(cluster: Cluster, clock: Clock, said: Said): Promise<void> {
  if (!(await cluster.hasTitles())) return
  const line = new ProgressLine(said, clock)
  await cluster.applyTitles((left) => line.show(`titles: ${left} changes left`))
  line.clear()
}

/** Returns whether every hour could be recounted in full. */
async function waitFor(
  cluster: Cluster,
  stores: NewCounts,
  settings: ClusterSettings & Pick<Required<Rebuild>, 'recountTo'>,
  clock: Clock,
  said: Said,
): Promise<boolean> {
  const line = new ProgressLine(said, clock)
  const audits = await untilCounted(cluster, stores, settings, clock, (progress) => {
    const { recordsLeft, records, hoursDone, hours, idleGroups } = progress
    const share = records === 0 ? 100 : Math.floor((100 * (records - recordsLeft)) / records)
    const waits = idleGroups.length === 0 ? '' : `; nobody is in ${idleGroups.join(' and ')}: start them`
    line.show(
      `log: ${share} %, ${recordsLeft} records left; hours recounted: ${hoursDone} of ${hours}${waits}`,
    )
  })
  line.clear()
  const faulty = new Set(audits.filter(({ missing }) => missing.length > 0).map(({ hour }) => hour))
  if (faulty.size === 0) return true
  said.print('Not exact, because raw events are missing or cannot be read (docs/damage.md):')
  for (const { from, to } of rangesOf(faulty)) said.print(`  ${minuteText(from)} to ${minuteText(to)}`)
  return false
}
