// What a data directory holds that counts can be made of again, and what a rebuild would lose. Changes nothing.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import { HOUR_MS, hourOf, MINUTES_PER_HOUR, minuteOf } from '../../model/bucket.ts'
import { openRawArchive } from '../../services/reconciler/archiving/open-archive.ts'
import { closedTo } from '../../services/reconciler/recount/due-hours.ts'
import type { StandaloneSettings } from '../../services/standalone/settings.ts'
import { type CarriedOver, carryOver, type Raw } from '../../stores/counts/embedded/carry-over.ts'
import { loadEmbeddedStores } from '../../stores/counts/embedded/embedded-stores.ts'
import { DataDirectoryError, openDataDirectory } from '../../stores/disk/data-directory.ts'
import { LevelDatabase } from '../../stores/disk/level-database.ts'
import { openEmbeddedLog } from '../../stores/log/embedded/embedded-log.ts'
import { COUNTED_LANES, EVENT_LANES, LogError, type Source, sourcesOf } from '../../stores/log/log.ts'

/** Where a source begins, if records have left it. */
type Beginning = { readonly sourceId: string; readonly offset: number; readonly logTimeMs: number }

export type Survey = Raw & {
  readonly records: number
  readonly beginnings: readonly Beginning[]
  /** What of the old counts can be read and is not made again; or why they cannot be read. */
  readonly carried: CarriedOver | { readonly unreadable: string }
}

const KEEP_ALL = { ageMs: Infinity, bytesMax: Infinity }
/** Hours that may get events from the log begin this much before its first record, beside the horizon. */
const SLACK_MS = HOUR_MS

/** Fails with a Fault that says what to do. */
export async function survey(settings: StandaloneSettings, clock: Clock): Promise<Survey> {
  const { dataDirectory: root } = settings
  if (!existsSync(join(root, 'format'))) throw new Fault(`${root} is not the data directory of a server.`)
  try {
    const { log, counts } = await openDataDirectory(root)
    const found = await surveyLog(log, settings, clock)
    const heldHours = await archivedHours(settings, clock)
    const openFrom = hourOf(closedTo(clock.nowMs(), settings.batch))
    const raw = { heldHours, logFrom: found.logFrom, openFrom }
    return { ...found, ...raw, carried: await readable(counts, raw) }
  } catch (error) {
    if (error instanceof DataDirectoryError || error instanceof LogError) throw new Fault(error.message)
    throw error
  }
}

async function surveyLog(directory: string, { driver }: StandaloneSettings, clock: Clock) {
  const log = await openEmbeddedLog({ directory, clock, partitions: 1, retention: KEEP_ALL })
  try {
    const beginnings: Beginning[] = []
    let [records, firstMs] = [0, clock.nowMs()]
    for (const source of await sourcesOf(log, EVENT_LANES)) {
      const { startOffset, endOffset } = await log.bounds(source)
      const logTimeMs = await firstLogTimeMs(source, startOffset, endOffset)
      records += endOffset - startOffset
      firstMs = Math.min(firstMs, logTimeMs)
      const isCounted = COUNTED_LANES.includes(source.lane)
      if (isCounted && startOffset > 0)
        beginnings.push({ sourceId: source.id, offset: startOffset, logTimeMs })
    }
    const logFrom = hourOf(minuteOf(firstMs - driver.horizonMs - SLACK_MS))
    return { beginnings, records, logFrom }
  } finally {
    await log.close()
  }

  async function firstLogTimeMs(source: Source, start: number, end: number): Promise<number> {
    if (start === end) return clock.nowMs()
    const { records } = await log.read(source, start, { bytesMax: 1, waitMs: 0 })
    return records[0]!.logTimeMs
  }
}

async function archivedHours(settings: StandaloneSettings, clock: Clock): Promise<ReadonlySet<number>> {
  const scratchDirectory = join(settings.dataDirectory, 'scratch', 'rebuild')
  const { recountMiB: memoryMiB, recountThreads: threads } = settings.batch
  const archive = await openRawArchive(
    { objects: settings.objects, scratchDirectory, memoryMiB, threads },
    clock,
  )
  try {
    return new Set((await archive.holdings()).map(({ hour }) => hour))
  } finally {
    await archive.close()
  }
}

async function readable(directory: string, raw: Raw): Promise<Survey['carried']> {
  try {
    const old = await LevelDatabase.open(directory, () => [])
    try {
      if (await hasLostAll(old)) return { unreadable: `All that ${directory} held is lost.` }
      return await carryOver(old, raw, null)
    } finally {
      await old.close()
    }
  } catch (error) {
    if (!(error instanceof DataDirectoryError) || error.code !== 'damaged') throw error
    return { unreadable: error.message }
  }
}

/** Somebody put an empty database in its place, or its directory was emptied. */
async function hasLostAll(old: LevelDatabase): Promise<boolean> {
  if (typeof old.state !== 'string' && old.state.kind === 'all') return true
  const { counts } = await loadEmbeddedStores(old)
  return (await counts.checkpoints()).size === 0
}

/** For people: the hours that are counted again, as ranges. */
export function rangesOf(
  hours: ReadonlySet<number>,
): readonly { readonly from: number; readonly to: number }[] {
  const ranges: { from: number; to: number }[] = []
  for (const hour of Array.from(hours).sort((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last?.to === hour) last.to = hour + MINUTES_PER_HOUR
    else ranges.push({ from: hour, to: hour + MINUTES_PER_HOUR })
  }
  return ranges
}
