// A backup of a cluster that took an event of a partitioner whose clock was years ahead.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { DAY_MS, hourOf, minuteOf } from '../../model/bucket.ts'
import { BATCH_SETTINGS } from '../../testing/batch-world.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { backUpCluster } from '../../tools/backup/cluster/run-cluster.ts'
import { runCluster } from '../../tools/rebuild/cluster/run-cluster.ts'
import { checkedBackup, restoreCluster } from '../../tools/restore/cluster/run-cluster.ts'
import { copiedCluster, newCluster, QUIET, rebuiltCluster } from './cluster-commands.ts'
import { begun, Life, newEvent } from './cluster-world.ts'

const BEGIN = Date.UTC(2026, 10, 20, 3, 20)
const AHEAD_MS = 3_650 * DAY_MS

/** A cluster that has counted some hours, and an event of in ten years. */
async function lived(directory: string): Promise<Life> {
  const { life, random } = await begun(BEGIN, directory, 20)
  const { clock } = life
  const wrong = { ...newEvent(random, clock.nowMs(), 20), timeMs: clock.nowMs() + AHEAD_MS }
  await life.append(wrong, random)
  await life.work()
  return life
}

async function backUp(life: Life, directory: string): Promise<string> {
  const out = join(directory, 'backup')
  await mkdir(out)
  await backUpCluster(await copiedCluster(life), out, life.clock, QUIET)
  return out
}

test('a rebuild after a restore does not wait for years until an hour of a wrong clock has closed', async () => {
  await using directory = await temporaryDirectory()
  const one = await lived(directory.path)
  const { clock } = one
  const out = await backUp(one, directory.path)
  const takenHour = hourOf(minuteOf(clock.nowMs() + BATCH_SETTINGS.aheadMs))
  clock.turn = async () => {}
  const two = new Life(clock, directory.path)
  await restoreCluster(newCluster(two), await checkedBackup(out, clock, QUIET), clock, QUIET)
  assert.equal(two.noted?.recountTo, takenHour + 60)
  clock.turn = () => two.work()
  const settings = { settings: BATCH_SETTINGS, isAgreed: true, accepts: false }
  await runCluster(await rebuiltCluster(two), settings, clock, QUIET)
  assert.equal(two.noted?.isDone, true)
  assert.ok(clock.nowMs() < BEGIN + DAY_MS)
  await two.check(one.events, takenHour)
})

test('a damaged file of such an hour does not keep a backup from being made', async () => {
  await using directory = await temporaryDirectory()
  const life = await lived(directory.path)
  const raw = (await life.objects.list('date=')).at(-1)!
  assert.match(raw.key, /^date=2036-/)
  await life.objects.write(raw.key, Buffer.from('something else'))
  await backUp(life, directory.path)
})
