// Random outages, lost answers, full spools, failing disks and restarts: at the end the log has every record
// that was acknowledged, and nothing that was never sent.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { crashRecord, seededRandom } from '../../../testing/crash-record.ts'
import { failNextWrite } from '../../../testing/failing-write.ts'
import {
  AWAY,
  type Behaviour,
  PARTITIONS,
  SILENT,
  SpoolFixture,
  TAKEN_BUT_FAILED,
  TAKEN_BUT_SILENT,
  WORKING,
} from '../../../testing/spool-fixture.ts'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import type { LevelDatabase } from '../../disk/level-database.ts'
import type { SpooledLog } from './spooled-log.ts'

const FIRST_SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 1_000_000))
const SEEDS = 12
const LIVES = 4
const ROUNDS = 8
const BURST_MAX = 12
const TROUBLES: readonly Behaviour[] = [AWAY, SILENT, TAKEN_BUT_FAILED, TAKEN_BUT_SILENT]

class RandomLife {
  readonly fixture: SpoolFixture
  readonly sent = new Set<string>()
  readonly acknowledged = new Set<string>()
  readonly #random: () => number

  constructor(directory: string, random: () => number) {
    this.#random = random
    const bytesMax = random() < 0.3 ? 4_000 : 4 << 20
    this.fixture = new SpoolFixture(directory, { bytesMax, random })
  }

  async run(): Promise<void> {
    for (let life = 0; life < LIVES; life++) {
      const { spooled, database } = await this.fixture.openOnDatabase()
      const appends: Promise<void>[] = []
      for (let round = 0; round < ROUNDS; round++) appends.push(...(await this.#round(spooled, database)))
      await spooled.close()
      await this.fixture.whileWaiting(Promise.all(appends))
    }
    this.fixture.behaviour = WORKING
    const spooled = await this.fixture.open()
    await this.fixture.until(() => spooled.state().records === 0)
    await spooled.close()
  }

  /** A burst of appends with new delays and failures, some time for them, perhaps a fault of the disk. */
  async #round(spooled: SpooledLog, database: LevelDatabase): Promise<Promise<void>[]> {
    const random = this.#random
    const troubled = random() < 0.3 ? 0 : random()
    this.fixture.behaviour = (take) => {
      const trouble = TROUBLES[Math.floor(random() * TROUBLES.length)]!
      return (random() < troubled ? trouble : WORKING)(take)
    }
    if (random() < 0.2) failNextWrite(database, random() < 0.5 ? async () => {} : (write) => write())
    const burst = Math.floor(random() * BURST_MAX)
    const appends = Array.from({ length: burst }, () => this.#append(spooled))
    let turns = Math.floor(random() * 60)
    await this.fixture.until(() => turns-- <= 0)
    return appends
  }

  async #append(spooled: SpooledLog): Promise<void> {
    const partition = Math.floor(this.#random() * PARTITIONS)
    const name = `record ${this.sent.size}`
    const bytes = crashRecord(name)
    const placed = `${partition} ${bytes.toString()}`
    this.sent.add(placed)
    await spooled.append('events', partition, bytes).then(
      () => this.acknowledged.add(placed),
      () => {}, // told to the sender, who sends again
    )
  }
}

describe('The spooled log, through all kinds of weather', () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
    it(`loses nothing that it acknowledged (SEED=${seed})`, async () => {
      await using directory = await temporaryDirectory()
      const life = new RandomLife(directory.path, seededRandom(seed))
      await life.run()
      const held = new Set<string>()
      for (let partition = 0; partition < PARTITIONS; partition++) {
        for (const text of await life.fixture.texts(partition)) held.add(`${partition} ${text}`)
      }
      assert.ok(life.acknowledged.isSubsetOf(held), 'an acknowledged record is missing')
      assert.ok(held.isSubsetOf(life.sent), 'the log holds what nobody sent')
      assert.ok(life.acknowledged.size > 0)
    })
  }
})
