// A backup of separate services, and what it is restored to, in random worlds (cluster-world.ts).
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { HOUR_MS, hourOf, MINUTE_MS, minuteOf } from '../../model/bucket.ts'
import { encodeDeadLetter } from '../../schemas/dead-letter.ts'
import { letterId } from '../../services/partitioner/dead-letters/letter.ts'
import { Random } from '../../simulator/random.ts'
import { hoursHeld } from '../../stores/archive/duckdb/hours-held.ts'
import type { CountRow } from '../../stores/counts/counts.ts'
import { videosTopicOf } from '../../stores/log/kafka/topics.ts'
import { BATCH_SETTINGS } from '../../testing/batch-world.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import type { CopiedCluster } from '../../tools/backup/cluster/cluster.ts'
import { backUpCluster } from '../../tools/backup/cluster/run-cluster.ts'
import { runCluster } from '../../tools/rebuild/cluster/run-cluster.ts'
import type { NewCluster, NewStores } from '../../tools/restore/cluster/cluster.ts'
import { checkedBackup, restoreCluster } from '../../tools/restore/cluster/run-cluster.ts'
import { copiedCluster, newCluster, QUIET, rebuiltCluster, storesOf } from './cluster-commands.ts'
import { Life, newEvent, PREFIX, TurnClock } from './cluster-world.ts'

const SEEDS = 4
const FROM = Number(process.env.SEED ?? 1)
const BEGIN = Date.UTC(2026, 10, 20, 3, 20)
const RECORDS = 40
const PASS_MS_MAX = 40 * MINUTE_MS
const KILLS_MAX = 4
const CALLS_MAX = 60

class Killed extends Error {}

type Mutant = {
  readonly copied?: (cluster: CopiedCluster) => CopiedCluster
  readonly stores?: (stores: NewStores, life: Life) => NewStores
  /** Default: seldom. */
  readonly damage?: 'flip' | 'gap'
}

class World {
  readonly #random: Random
  readonly #clock = new TurnClock(BEGIN)
  readonly #directory: string
  readonly #mutant: Mutant
  #events = 0

  constructor(seed: number, directory: string, mutant: Mutant) {
    this.#random = new Random(seed)
    this.#directory = directory
    this.#mutant = mutant
  }

  async run(): Promise<void> {
    const one = this.#open()
    await one.makeLog()
    await this.#load(one)
    const out = join(this.#directory, 'backup')
    await mkdir(out)
    const { damage = this.#random.chance(0.5) ? 'flip' : 'gap' } = this.#mutant
    if (this.#mutant.damage !== undefined || this.#random.chance(0.7)) await one.damage(damage)
    const before = await this.#backUp(one, out)
    const later = one.events.slice(before)
    this.#clock.pass(this.#random.int(0, 12 * HOUR_MS))
    const two = this.#open()
    await this.#restore(two, out)
    await this.#checkRest(one, two)
    await this.#checkTitles(two)
    // Senders send again what is lost, and some of what is not.
    const recent = one.events.slice(Math.max(0, before - 10), before)
    for (const event of [...later, ...recent, ...later.slice(0, 3)]) await two.append(event, this.#random)
    this.#clock.turn = () => two.work()
    await runCluster(
      await rebuiltCluster(two),
      { settings: BATCH_SETTINGS, isAgreed: true, accepts: false },
      this.#clock,
      QUIET,
    )
    assert.equal(two.noted?.isDone, true)
    await this.#checkTitles(two)
    await two.check(one.events, two.noted.recountTo!)
    this.#clock.pass(3 * HOUR_MS)
    await two.work()
    await two.check(one.events, hourOf(minuteOf(this.#clock.nowMs() - HOUR_MS)))
  }

  #open(): Life {
    const life = new Life(this.#clock, this.#directory)
    this.#clock.turn = () => life.work()
    return life
  }

  async #load(life: Life): Promise<void> {
    const random = this.#random
    for (let i = 0; i < RECORDS; i++) {
      this.#clock.pass(random.int(0, PASS_MS_MAX))
      await this.#append(life)
      if (random.chance(0.15)) await life.work()
      if (random.chance(0.15)) await life.archive.merge()
      if (random.chance(0.3)) await life.purge()
    }
    const letter = { source: 'aa000000-0', offset: 1, index: 0, logTime: 1, origin: 'event' } as const
    for (let i = 0; i < 3; i++) {
      const bytes = encodeDeadLetter({ ...letter, reason: `reason ${i}`, bytes: Uint8Array.of(i) })
      await (await life.log()).append('events-dead', 0, bytes)
    }
    const [source] = await (await life.log()).sources('events-dead')
    const body = { act: 'discarded', by: null, identity: null, reason: 'nobody needs it' }
    const key = letterId({ sourceId: source!.id, offset: 1 })
    await life.journal.append('dead-letters', { atMs: this.#clock.nowMs(), key, body })
    const message = { key: Buffer.from('\tv0'), value: Buffer.from('{"title":"A title"}') }
    await life.client.produce(videosTopicOf(PREFIX), 0, [message])
  }

  async #append(life: Life): Promise<void> {
    const random = this.#random
    const isCopy = life.events.length > 0 && random.chance(0.1)
    const event = isCopy ? life.events.at(-1)! : newEvent(random, this.#clock.nowMs(), this.#events++)
    await life.append(event, random)
  }

  /** Returns how many events came before its moment. */
  async #backUp(life: Life, out: string): Promise<number> {
    let before = -1
    const { copied = (cluster) => cluster } = this.#mutant
    const whole = await copiedCluster(life)
    const { counts, rollups, uniques, journal, ...others } = whole.stores
    const cluster: CopiedCluster = {
      ...whole,
      log: {
        ...whole.log,
        bounds: (source) => {
          if (before < 0) before = life.events.length
          return whole.log.bounds(source)
        },
      },
      objects: this.#disturbed(life, life.objects),
      stores: {
        ...{ counts: this.#disturbed(life, counts), rollups: this.#disturbed(life, rollups) },
        ...{ uniques: this.#disturbed(life, uniques), journal: this.#disturbed(life, journal) },
        ...others,
      },
    }
    const manifest = await backUpCluster(copied(cluster), out, this.#clock, QUIET)
    assert.equal(manifest.asOf, new Date(manifest.cluster.takenMs).toISOString())
    return before
  }

  /** Something happens before each call. */
  #disturbed<T extends object>(life: Life, target: T): T {
    return calling(target, async () => {
      const random = this.#random
      if (!random.chance(0.3)) return
      this.#clock.pass(random.int(0, MINUTE_MS))
      await this.#append(life)
      if (random.chance(0.3)) await life.work()
      if (random.chance(0.3)) await life.archive.merge()
      if (random.chance(0.3)) await life.purge()
    })
  }

  async #restore(life: Life, out: string): Promise<void> {
    this.#clock.turn = async () => {} // no service runs
    const backup = await checkedBackup(out, this.#clock, QUIET)
    for (let kills = this.#random.int(0, KILLS_MAX); kills >= 0; kills--) {
      let fuse = kills === 0 ? Number.POSITIVE_INFINITY : this.#random.int(1, CALLS_MAX)
      const mortal = <T extends object>(target: T) =>
        calling(target, async () => {
          fuse--
          if (fuse === 0) throw new Killed()
        })
      const { stores = (opened) => opened } = this.#mutant
      const cluster: NewCluster = {
        ...newCluster(life),
        ...{ client: mortal(life.client), objects: mortal(life.objects) },
        openStores: async () => stores(storesOf(life, mortal), life),
      }
      await restoreCluster(cluster, backup, this.#clock, QUIET).catch((error) => {
        if (!(error instanceof Killed)) throw error
      })
    }
    assert.equal(life.noted?.isPrepared, true)
  }

  async #checkTitles(life: Life): Promise<void> {
    const { reads } = life
      .titlesOf((await life.log()).incarnation)
      .seenBy()
      .of(0)
    assert.deepEqual(
      (await reads.videos('', ['v0', 'v1'])).map((video) => video?.title),
      ['A title', undefined],
    )
  }

  async #checkRest(one: Life, two: Life): Promise<void> {
    const titles = (life: Life) =>
      life.client.topics.get(videosTopicOf(PREFIX))![0]!.map(({ bytes }) => String(bytes))
    assert.deepEqual(new Set(titles(two)), new Set(titles(one)))
    const [source] = await (await two.log()).sources('events-dead')
    const { records } = await (await two.log()).read(source!, 0, { bytesMax: 1e6, waitMs: 0 })
    assert.equal(records.length, 3)
    const act = await two.journal.find('dead-letters', letterId({ sourceId: source!.id, offset: 1 }))
    assert.deepEqual(act?.body, { act: 'discarded', by: null, identity: null, reason: 'nobody needs it' })
  }
}

/** Before each call of a method, something else happens. */
function calling<T extends object>(target: T, first: () => Promise<void>): T {
  return new Proxy(target, {
    get: (_, name) => {
      const value = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      if (name === 'stored' || name === 'writtenSeries') {
        return async function* (...args: unknown[]) {
          await first()
          yield* value.apply(target, args)
        }
      }
      return async (...args: unknown[]) => {
        await first()
        return value.apply(target, args)
      }
    },
  })
}

async function runWorld(seed: number, mutant: Mutant = {}): Promise<void> {
  await using directory = await temporaryDirectory()
  await new World(seed, directory.path, mutant).run()
}

test('a restored cluster counts every event once, whatever happens during the backup and the restore', async () => {
  for (let seed = FROM; seed < FROM + SEEDS; seed++) {
    await runWorld(seed).catch((cause) => {
      throw new Error(`seed ${seed}: ${cause.message}`, { cause })
    })
  }
})

/** Fails unless some world goes wrong. */
async function isCaught(mutant: Mutant): Promise<void> {
  for (let seed = 1; seed <= SEEDS; seed++) {
    try {
      await runWorld(seed, mutant)
    } catch {
      return
    }
  }
  assert.fail('every world is exact')
}

test('it would not be if the backup did not wait until everything is archived', () =>
  isCaught({
    copied: (cluster) => ({
      ...cluster,
      log: {
        ...cluster.log,
        async bounds(source) {
          const { endOffset } = await cluster.log.bounds(source)
          return { startOffset: endOffset, endOffset }
        },
      },
    }),
  }))

test('it would not be if minutes were left out of which there are no raw events', () =>
  isCaught({ stores: (stores) => ({ ...stores, counts: { ...stores.counts, write: async () => [] } }) }))

test('it would not be if hours and days were left out of which there are no raw events', () =>
  isCaught({ stores: (stores) => ({ ...stores, rollups: withoutRollups(stores.rollups) }) }))

for (const [damage, what] of [
  ['flip', 'with a damaged file'],
  ['gap', 'before a gap of the archive'],
] as const) {
  test(`hours ${what} would lose counts if only those without raw events were carried over`, () =>
    isCaught({ damage, stores: withoutHeld }))
}

test('viewers would be missing if their sketches were left out', () =>
  isCaught({ stores: (stores) => ({ ...stores, uniques: { mergeStored: async () => {} } }) }))

/** Of hours of which the archive holds a file. */
function withoutHeld(stores: NewStores, life: Life): NewStores {
  const notHeld = async <T>(rows: readonly T[], hourOfRow: (row: T) => number) => {
    const { held } = hoursHeld(await life.objects.list(''))
    return rows.filter((row) => !held.has(hourOfRow(row)))
  }
  const write = async (source: string, rows: readonly CountRow[]) =>
    stores.counts.write(source, await notHeld(rows, ({ bucket }) => hourOf(bucket.minute)))
  return { ...stores, counts: { write, checkpoints: () => stores.counts.checkpoints() } }
}

function withoutRollups(rollups: NewStores['rollups']): NewStores['rollups'] {
  return {
    writeRollups: async () => {},
    addUpDay: (day, series) => rollups.addUpDay(day, series),
    writeHours: (audits) => rollups.writeHours(audits),
    writeReconciled: (reconciled) => rollups.writeReconciled(reconciled),
    tables: () => rollups.tables(),
    readHours: (from, to) => rollups.readHours(from, to),
    readReconciled: () => rollups.readReconciled(),
  }
}
