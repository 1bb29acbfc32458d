// Makes the counts of a stopped process anew, from the log and the archive.
import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Clock } from '../../lib/clock.ts'
import { Fault } from '../../lib/fault.ts'
import type { StandaloneSettings } from '../../services/standalone/settings.ts'
import { DataDirectoryError } from '../../stores/disk/data-directory.ts'
import type { Screen } from '../backup/byte-progress.ts'
import { countAgain } from './count-again.ts'
import { finish, KEPT_FOLDER, placeCounts, prepareCounts, type RebuildPlan, readPlan } from './new-counts.ts'
import { linesOf } from './report.ts'
import { survey } from './survey.ts'

/** Without agreement it only says what it would do. Fails with a Fault. */
export async function run(
  settings: StandaloneSettings,
  isAgreed: boolean,
  clock: Clock,
  print: (line: string) => void,
  screen: Screen,
): Promise<void> {
  const root = settings.dataDirectory
  const startMs = clock.nowMs()
  try {
    const plan = await planned(settings, isAgreed, clock, print)
    if (plan === null) return
    await placeCounts(root)
    await countAgain(settings, clock, (left) => {
      if (screen.isTTY) screen.write(`\r${left} records of the log left, then the archive\x1b[K`)
    })
    if (screen.isTTY) screen.write('\r\x1b[K')
    await finish(root, plan)
    const seconds = ((clock.nowMs() - startMs) / 1_000).toFixed(0)
    print(
      `${root}: everything is counted again, ${seconds} s. The old counts are in ${join(root, KEPT_FOLDER)}.`,
    )
  } catch (error) {
    if (error instanceof DataDirectoryError) throw new Fault(error.message)
    throw error
  }
}

/** That of a rebuild that was killed, or a new one; null without agreement. */
async function planned(
  settings: StandaloneSettings,
  isAgreed: boolean,
  clock: Clock,
  print: (line: string) => void,
): Promise<RebuildPlan | null> {
  const root = settings.dataDirectory
  const begun = await readPlan(root)
  if (begun !== null) {
    print(`Goes on with the rebuild of ${begun.startedAt}.`)
    return begun
  }
  if (isAgreed && existsSync(join(root, 'log'))) {
    await mkdir(join(root, 'counts'), { recursive: true, mode: 0o700 }) // it may be what is lost
  }
  const found = await survey(settings, clock)
  for (const line of linesOf(found)) print(line)
  if (!isAgreed) {
    print('Nothing was changed. To begin: the same with --yes')
    return null
  }
  await prepareCounts(root, found, new Date(clock.nowMs()).toISOString())
  return readPlan(root)
}
