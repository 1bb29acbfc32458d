// Several reconcilers on one archive: what they come to together is what one comes to alone.
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { MINUTE_MS, MINUTES_PER_DAY, type Series } from '../../../model/bucket.ts'
import { siteOf } from '../../../model/site.ts'
import type { Archive } from '../../../stores/archive/archive.ts'
import { atMinute, batchOf, DAY } from '../../../testing/archive-fixture.ts'
import { BATCH_SETTINGS, BatchWorld, until } from '../../../testing/batch-world.ts'
import { MemoryPlans } from '../../../testing/memory-plans.ts'
import { helpOut, type Sharing } from './carry-out.ts'
import { type RunReport, reconcile } from './reconcile.ts'
import { PLAN_AGE_MAX_MS } from './recount-plan.ts'

const NOW_MS = (DAY + 3 * MINUTES_PER_DAY) * MINUTE_MS
const CLOSED_TO = DAY + 180
const WINDOW = { closedTo: CLOSED_TO, completeFrom: 0, again: null }
const PARTITIONS = 4
const SETTINGS = { ...BATCH_SETTINGS, shares: { shareBytesMin: 1, shareBytesMax: 400 } }
const VIDEOS = Array.from({ length: 12 }, (_, i) => `v${i}`)
const NEVER = new AbortController().signal

class SharedWorld extends BatchWorld {
  plans = new MemoryPlans()
  /** Of shares that were begun. */
  recounts = 0

  /** As a process that has these partitions. */
  as(...partitions: readonly number[]) {
    const { archive } = this
    const isMine: Sharing['isMine'] = (partition) => partitions.includes(partition)
    const sharing = { plans: this.plans, partitions: async () => PARTITIONS, isMine }
    const counted = recountingBy(archive, (question) => {
      this.recounts++
      return archive.recount(question)
    })
    return { ...this.ports, archive: counted, sharing }
  }

  lead(partitions: readonly number[], signal = NEVER): Promise<RunReport> {
    return reconcile(this.as(...partitions), SETTINGS, WINDOW, signal)
  }

  /** Does all that these partitions have in the current plan; returns how many shares. */
  async help(partitions: readonly number[]): Promise<number> {
    let shares = 0
    while (await helpOut(this.as(...partitions), SETTINGS, NEVER)) shares++
    return shares
  }

  /** Everything that queries and the audit would show. */
  async shown() {
    const audits = await this.rollups.readHours(0, CLOSED_TO)
    const series: Series[] = VIDEOS.map((videoId) => ({ tenant: '', videoId, type: 'view' }))
    const rows = [...series, siteOf('', 'view')].map(async (one) => [
      one.videoId,
      await this.rollup('day', DAY, one),
      ...(await Promise.all([0, 60, 120].map((minute) => this.rollup('hour', DAY + minute, one)))),
      ...(await Promise.all([0, 1, 61, 119, 130].map((minute) => this.minute(DAY + minute, one)))),
    ])
    const reconciled = await this.rollups.readReconciled()
    return {
      audits: audits.map(({ version: _, recountedMs: __, mark: ___, ...audit }) => audit),
      rows: await Promise.all(rows),
      reconciled: reconciled && { ...reconciled, version: 0, tables: null },
    }
  }
}

function recountingBy(archive: Archive, recount: Archive['recount']): Archive {
  return {
    recount,
    cuts: (hours, parts) => archive.cuts(hours, parts),
    store: (batch) => archive.store(batch),
    readCheckpoint: (sourceId) => archive.readCheckpoint(sourceId),
    writeCheckpoint: (sourceId, checkpoint) => archive.writeCheckpoint(sourceId, checkpoint),
    checkpoints: () => archive.checkpoints(),
    holdings: () => archive.holdings(),
    unreadable: () => archive.unreadable(),
  }
}

/** Late events and lost ones among the others, so that there is something to correct. */
async function filled(): Promise<SharedWorld> {
  const world = new SharedWorld(NOW_MS)
  const events = VIDEOS.flatMap((videoId, i) =>
    [0, 1, 61, 119, 130].map((minute, j) =>
      atMinute(DAY + minute, {
        videoId,
        id: `e${i}.${j}`,
        offset: 5 * i + j,
        logTimeMs: (DAY + minute) * MINUTE_MS,
      }),
    ),
  )
  await world.archive.store(batchOf('00000000-0', 'events', events))
  for (const [i, videoId] of VIDEOS.entries()) {
    const series = { tenant: '', videoId, type: 'view' }
    for (const minute of [0, 1, 61, 119, 130]) await world.streamed(DAY + minute, (i + minute) % 3, series)
  }
  return world
}

async function alone() {
  const world = await filled()
  await reconcile(world.ports, SETTINGS, WINDOW, NEVER)
  return world.shown()
}

it('comes to the same by two as by one, each doing its part', async () => {
  const world = await filled()
  let isOver = false
  const leading = world.lead([0, 1]).finally(() => {
    isOver = true
  })
  let helped = 0
  await until(world.clock, async () => {
    helped += await world.help([2, 3])
    return isOver
  })
  assert.equal((await leading).audits.length, 3)
  assert.deepEqual(await world.shown(), await alone())
  assert.ok(helped > 2 && helped < world.recounts, `${helped} of ${world.recounts} shares`)
  assert.equal(await world.plans.current(), null)
})

it('notes no hour while nobody has a share, and does so when somebody comes back', async () => {
  const world = await filled()
  let isOver = false
  const leading = world.lead([0, 1]).finally(() => {
    isOver = true
  })
  let looked = 0
  await until(world.clock, async () => {
    await world.help([2])
    return ++looked > 50
  })
  assert.equal(isOver, false)
  assert.deepEqual(await world.rollups.readHours(0, CLOSED_TO), [])
  assert.equal(await world.rollups.readReconciled(), null)
  await until(world.clock, async () => {
    await world.help([3])
    return isOver
  })
  await leading
  assert.deepEqual(await world.shown(), await alone())
})

it('leaves what one who died did half to another, who does not repeat what is noted', async () => {
  const world = await filled()
  const dying = new AbortController()
  const ports = world.as(0, 1, 2, 3)
  const archive = recountingBy(ports.archive, async (question) => {
    const recount = await ports.archive.recount(question)
    if (world.recounts === 3) dying.abort()
    return recount
  })
  await assert.rejects(reconcile({ ...ports, archive }, SETTINGS, WINDOW, dying.signal), {
    name: 'AbortError',
  })
  assert.deepEqual(await world.rollups.readHours(0, CLOSED_TO), [])
  const { shares } = (await world.plans.current())!.plan as { shares: unknown[] }
  const { audits } = await world.lead([0, 1, 2, 3])
  assert.equal(audits.length, 3)
  assert.equal(world.recounts, shares.length + 1)
  assert.deepEqual(await world.shown(), await alone())
})

it('comes to the same where all do everything, and one of them comes too late', async () => {
  const world = await filled()
  const everything = [0, 1, 2, 3]
  let ended = 0
  const leading = [world.lead(everything), world.lead(everything).catch(() => null)]
  for (const one of leading) one.finally(() => ended++).catch(() => {})
  await until(world.clock, async () => {
    await Promise.all([world.help(everything), world.help(everything)])
    return ended === 2
  })
  await Promise.all(leading)
  assert.deepEqual(await world.shown(), await alone())
  assert.equal(await world.plans.current(), null)
})

it('does the shares of a process that never comes to them, and waits for it once', async () => {
  const world = await filled()
  let isOver = false
  const leading = world.lead([0]).finally(() => {
    isOver = true
  })
  const beganMs = world.clock.nowMs()
  await until(world.clock, () => isOver, 10_000)
  await leading
  const tookMs = world.clock.nowMs() - beganMs
  const { patienceMs } = SETTINGS
  assert.ok(tookMs > patienceMs && tookMs < 2 * patienceMs, `${tookMs} ms`)
  assert.deepEqual(await world.shown(), await alone())
})

it('drops a plan that is so old that what it recounts may be purged since', async () => {
  const world = await filled()
  const stopping = new AbortController()
  const leading = assert.rejects(world.lead([], stopping.signal))
  await until(world.clock, async () => (await world.plans.current()) !== null)
  stopping.abort()
  await until(world.clock, () => true)
  await leading
  world.clock.advance(PLAN_AGE_MAX_MS + 1)
  assert.equal(await world.help([0, 1, 2, 3]), 0)
  const { version } = (await world.plans.current())!
  await world.lead([0, 1, 2, 3])
  assert.equal(await world.plans.current(), null)
  assert.ok((await world.shown()).rows.length > 0)
  assert.ok((await world.ports.rollups.readReconciled())!.version > version + PLAN_AGE_MAX_MS)
})

it('writes nothing where it was away until the plan was carried out by others', async () => {
  const world = await filled()
  const leading = assert.rejects(world.lead([]), /another process/)
  await until(world.clock, async () => (await world.plans.current()) !== null)
  const { version } = (await world.plans.current())!
  const ports = world.as(0)
  const archive = recountingBy(ports.archive, async (question) => {
    await world.plans.drop(version)
    world.clock.advance(60_000)
    return ports.archive.recount(question)
  })
  await assert.rejects(helpOut({ ...ports, archive }, SETTINGS, NEVER), /another process/)
  assert.deepEqual((await world.shown()).rows, (await filled().then((other) => other.shown())).rows)
  await leading
})

it('drops a plan of another release', async () => {
  const world = await filled()
  await world.plans.propose(7, { format: 0, shards: [] })
  assert.equal(await world.help([0, 1, 2, 3]), 0)
  await world.lead([0, 1, 2, 3])
  assert.deepEqual(await world.shown(), await alone())
})

it('drops a plan for tables that are gone with what its shares have written', async () => {
  const lost = await filled()
  lost.rollups.madeAs = 'lost'
  const killed = new AbortController()
  const leading = lost.lead([0, 1], killed.signal).catch(() => {})
  await until(lost.clock, async () => lost.recounts > 0)
  killed.abort()
  await leading
  const { version } = (await lost.plans.current())!
  assert.ok((await lost.plans.noted(version)).size > 0)
  const restored = await filled()
  restored.rollups.madeAs = 'restored'
  restored.plans = lost.plans
  await restored.lead([0, 1, 2, 3])
  assert.deepEqual(await restored.shown(), await alone())
})

it('believes no note of what was recounted in tables that were made of a snapshot', async () => {
  const lost = await filled()
  lost.rollups.madeAs = 'lost'
  await lost.lead([0, 1, 2, 3])
  const restored = await filled()
  restored.rollups.madeAs = 'restored'
  await restored.rollups.writeHours(await lost.rollups.readHours(0, CLOSED_TO))
  await restored.rollups.writeReconciled(lost.rollups.reconciled!)
  const { audits } = await restored.lead([0, 1, 2, 3])
  assert.equal(audits.length, 3)
  assert.deepEqual((await restored.shown()).rows, (await alone()).rows)
  assert.deepEqual((await restored.lead([0, 1, 2, 3])).audits, [], 'once')
})
