// What is restored of hours that were purged or recounted, or of which raw events were found to be lost, while the
// backup was made.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { HOUR_MS, MINUTE_MS, minuteOf } from '../../model/bucket.ts'
import type { Event } from '../../model/event.ts'
import { Random } from '../../simulator/random.ts'
import { BATCH_SETTINGS } from '../../testing/batch-world.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { backUpCluster } from '../../tools/backup/cluster/run-cluster.ts'
import { runCluster } from '../../tools/rebuild/cluster/run-cluster.ts'
import { checkedBackup, restoreCluster } from '../../tools/restore/cluster/run-cluster.ts'
import { copiedCluster, newCluster, QUIET, rebuiltCluster } from './cluster-commands.ts'
import { Life, newEvent, TurnClock } from './cluster-world.ts'

const BEGIN = Date.UTC(2026, 10, 20, 3, 20)
/** Of hours that are recounted and closed, and that nothing has happened to. */
const HOUR_AT_MS = Date.UTC(2026, 10, 20, 5)
const RANDOM = new Random(1)

/** A cluster that has counted and recounted some hours. */
async function lived(directory: string): Promise<Life> {
  const clock = new TurnClock(BEGIN)
  const life = new Life(clock, directory)
  clock.turn = () => life.work()
  await life.makeLog()
  for (let i = 0; i < 30; i++) {
    clock.pass(HOUR_MS / 6)
    await life.append(eventAt(clock.nowMs(), i), RANDOM)
    if (i % 3 === 0) await life.work()
  }
  clock.pass(3 * HOUR_MS)
  await life.work()
  return life
}

function eventAt(timeMs: number, n: number): Event {
  return { ...newEvent(RANDOM, timeMs, n), videoId: 'v0', timeMs }
}

let late = 1000

async function appendLate(life: Life): Promise<void> {
  await life.append(eventAt(HOUR_AT_MS + 15 * MINUTE_MS, late++), RANDOM)
}

type Step = 'readReconciled' | 'stored'

/** `during` happens before a step: audits are read between the two. */
async function backUp(life: Life, out: string, step: Step, during: () => Promise<unknown>): Promise<void> {
  const cluster = await copiedCluster(life)
  const { rollups } = life
  const first = async (now: Step) => {
    life.clock.pass(MINUTE_MS)
    if (now === step) await during()
  }
  await mkdir(out)
  const disturbed = {
    readHours: (from: number, to: number) => rollups.readHours(from, to),
    async readReconciled() {
      await first('readReconciled')
      return rollups.readReconciled()
    },
    async *stored() {
      await first('stored')
      yield* rollups.stored()
    },
  }
  const stores = { ...cluster.stores, rollups: disturbed }
  await backUpCluster({ ...cluster, stores }, out, life.clock, QUIET)
}

async function restored(directory: string, one: Life, step: Step, during: () => Promise<unknown>) {
  const out = join(directory, 'backup')
  const before = one.events.length
  await backUp(one, out, step, during)
  const { clock } = one
  const two = new Life(clock, directory)
  clock.turn = async () => {}
  await restoreCluster(newCluster(two), await checkedBackup(out, clock, QUIET), clock, QUIET)
  return { two, later: one.events.slice(before) }
}

/** Everything is counted again, with what senders send again. */
async function recounted(two: Life, later: readonly Event[]): Promise<void> {
  for (const event of later) await two.append(event, RANDOM)
  two.clock.turn = () => two.work()
  const options = { settings: BATCH_SETTINGS, isAgreed: true, accepts: false }
  await runCluster(await rebuiltCluster(two), options, two.clock, QUIET)
}

const auditOf = async (life: Life, hour: number) => (await life.rollups.readHours(hour, hour + 1))[0]

test('an hour of which the copy has all raw events is not purged in the restored cluster', async () => {
  await using directory = await temporaryDirectory()
  const one = await lived(directory.path)
  one.clock.pass(12 * HOUR_MS)
  await one.work()
  const [oldest] = await one.archive.holdings()
  const { two, later } = await restored(directory.path, one, 'readReconciled', () => one.purge())
  assert.equal((await auditOf(one, oldest!.hour))?.purged, true)
  assert.equal((await auditOf(two, oldest!.hour))?.purged, false)
  await recounted(two, later)
  const audit = await auditOf(two, oldest!.hour)
  assert.deepEqual([audit?.mark, audit?.missing], [oldest!.mark, []])
  await two.check(one.events, two.noted!.recountTo!)
})

for (const [when, isKnown] of [
  ['before the backup', true],
  ['meanwhile', false],
] as const) {
  for (const step of ['readReconciled', 'stored'] as const) {
    test(`events whose file is gone stay counted: noticed ${when}, recounted before ${step}`, async () => {
      await using directory = await temporaryDirectory()
      const one = await lived(directory.path)
      const [file] = await one.objects.list('date=2026-11-20/hour=05/')
      await one.objects.remove([file!.key])
      const recount = async () => {
        await appendLate(one)
        await one.work()
        assert.match(await missingOf(one), LOST)
      }
      if (isKnown) await recount()
      const { two, later } = await restored(directory.path, one, step, recount)
      await recounted(two, later)
      await two.check(one.events, two.noted!.recountTo!)
      assert.match(await missingOf(two), LOST)
    })
  }
}

for (const step of ['readReconciled', 'stored'] as const) {
  test(`a recount planned before the backup hides no file that has gone since: it ends before ${step}`, async () => {
    await using directory = await temporaryDirectory()
    const one = await lived(directory.path)
    const [file] = await one.objects.list('date=2026-11-20/hour=05/')
    await appendLate(one)
    await one.archiveAll()
    const end = await begunRecount(one)
    one.clock.pass(MINUTE_MS)
    await one.objects.remove([file!.key])
    const { two, later } = await restored(directory.path, one, step, end)
    await recounted(two, later)
    await two.check(one.events, two.noted!.recountTo!)
    assert.match(await missingOf(two), LOST)
  })
}

/** It is planned and has read the archive, and stands still until it is told to end. */
async function begunRecount(life: Life): Promise<() => Promise<void>> {
  const { archive } = life
  const read = archive.recount.bind(archive)
  const reached = Promise.withResolvers<void>()
  const goesOn = Promise.withResolvers<void>()
  archive.recount = async (question) => {
    const found = await read(question)
    reached.resolve()
    await goesOn.promise
    return found
  }
  const running = life.recount()
  await reached.promise
  life.recount = async () => {} // one recounts at a time
  return async () => {
    goesOn.resolve()
    await running
  }
}

const LOST = /^\d events that were counted before$/

async function missingOf(life: Life): Promise<string> {
  const audit = await auditOf(life, minuteOf(HOUR_AT_MS))
  return audit?.missing.join() ?? ''
}
