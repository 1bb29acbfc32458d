// Puts new counts in the place of the old ones, which are kept beside them. Each step may be repeated after a kill:
// the plan in a file says that there is something to go on with.
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileWhole } from '../../lib/atomic-file.ts'
import { Fault } from '../../lib/fault.ts'
import { ifThere } from '../../lib/if-there.ts'
import { jsonValue } from '../../lib/json-value.ts'
import { carryOver } from '../../stores/counts/embedded/carry-over.ts'
import { loadEmbeddedStores } from '../../stores/counts/embedded/embedded-stores.ts'
import { LevelDatabase, removeDatabase } from '../../stores/disk/level-database.ts'
import { forgetMark } from '../../stores/disk/write-mark.ts'
import type { Survey } from './survey.ts'

/** What a rebuild that has begun must still know. */
export type RebuildPlan = {
  readonly startedAt: string
  /** Whether everything that was counted before is counted again or was carried over. */
  readonly isWhole: boolean
}

export const KEPT_FOLDER = 'counts.before-rebuild'
const NEW_FOLDER = 'counts.rebuilding'
const PLAN_FILE = 'rebuild.json'
/** The ledger begins anew: how the records before ended is not known any more. */
const LEDGER = { records: 0, events: 0, counted: 0, duplicate: 0, late: 0, dead: 0, deadRecords: 0 }

/** Null if no rebuild has begun in the directory. */
export async function readPlan(root: string): Promise<RebuildPlan | null> {
  const path = join(root, PLAN_FILE)
  const text = await ifThere(readFile(path, 'utf8'))
  if (text === null) return null
  const plan = jsonValue(text) as RebuildPlan | undefined
  if (typeof plan?.startedAt === 'string' && typeof plan.isWhole === 'boolean') return plan
  throw new Fault(`${path} is damaged: remove it, and begin the rebuild again.`)
}

/** The new counts with all that is carried over, not in place yet. */
export async function prepareCounts(root: string, found: Survey, startedAt: string): Promise<void> {
  if ((await readdir(root)).includes(KEPT_FOLDER)) {
    const kept = join(root, KEPT_FOLDER)
    throw new Fault(`${kept} is of an earlier rebuild: remove it, or move it away.`)
  }
  const directory = join(root, NEW_FOLDER)
  await removeDatabase(directory) // of a rebuild that was killed
  const level = await LevelDatabase.open(directory, () => [])
  const stores = await loadEmbeddedStores(level)
  try {
    const isWhole = !('unreadable' in found.carried)
    if (isWhole) {
      const old = await LevelDatabase.open(join(root, 'counts'), () => [])
      try {
        await carryOver(old, found, { level, stores })
      } finally {
        await old.close()
      }
    }
    for (const { sourceId, offset, logTimeMs } of found.beginnings) {
      await stores.counts.writeCheckpoint(sourceId, { offset: offset - 1, logTimeMs, ledger: LEDGER })
    }
    const plan: RebuildPlan = { startedAt, isWhole }
    await writeFileWhole(join(root, PLAN_FILE), `${JSON.stringify(plan)}\n`, 0o600)
  } finally {
    await stores.close()
  }
}

/** From here on a process that starts on the directory counts everything again, and says so until it is done. */
export async function placeCounts(root: string): Promise<void> {
  const names = await readdir(root)
  const counts = join(root, 'counts')
  await forgetMark(`${counts}.mark`)
  if (names.includes(NEW_FOLDER)) {
    if (names.includes('counts')) await rename(counts, join(root, KEPT_FOLDER))
    await rename(join(root, NEW_FOLDER), counts)
  }
  await rm(`${join(root, NEW_FOLDER)}.mark`, { force: true })
  for (const folder of ['snapshots', 'scratch'])
    await rm(join(root, folder), { recursive: true, force: true })
  await mkdir(join(root, 'snapshots'), { recursive: true, mode: 0o700 })
}

/** Everything is counted. What is lost for good goes on being told, by the mark. */
export async function finish(root: string, { isWhole }: RebuildPlan): Promise<void> {
  if (isWhole) {
    const database = await LevelDatabase.open(join(root, 'counts'), () => [])
    database.accept()
    await database.close()
  }
  await rm(join(root, PLAN_FILE), { force: true })
}
