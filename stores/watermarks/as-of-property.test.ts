// Partitioners whose log is away at times, counts that are behind, and a reader: what it says is stored must be.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Random } from '../../simulator/random.ts'
import { type Disk, type Disks, handedOver, withWatermark } from './watermarks.ts'

type LogEvent = { readonly ackMs: number; readonly logMs: number }
type Door = {
  spool: number[]
  isAway: boolean
  isRunning: boolean
  pending: { upToMs: number; ends: boolean } | null
}
type Mutant = (disk: Disk) => Disk | null

const DOORS = 3
const STEPS = 2_000
const BEGIN_MS = 1_000_000

class World {
  readonly #random: Random
  readonly doors: Door[] = Array.from({ length: DOORS }, () => ({
    ...{ spool: [], isAway: false, isRunning: false, pending: null },
  }))
  readonly disks = new Map<string, Disk>()
  readonly log: LogEvent[] = []
  stored = 0
  nowMs = BEGIN_MS

  constructor(seed: number) {
    this.#random = new Random(seed)
  }

  step(): void {
    const random = this.#random
    this.nowMs += random.int(0, 300)
    for (const [at, door] of this.doors.entries()) this.#turn(`disk ${at}`, door)
    if (random.chance(0.5)) this.stored = Math.min(this.log.length, this.stored + random.int(0, 6))
    if (random.chance(0.02)) this.stored = this.log.length
  }

  #turn(id: string, door: Door): void {
    const random = this.#random
    if (!door.isRunning) {
      if (door.pending !== null) this.#tell(id, door)
      else if (random.chance(0.05)) this.#begin(id, door)
      return
    }
    if (random.chance(0.02)) door.isAway = !door.isAway
    if (random.chance(0.5)) this.#take(door)
    if (!door.isAway && random.chance(0.4)) this.#drain(door)
    if (door.pending === null && random.chance(0.3)) this.#look(door)
    else if (door.pending !== null && random.chance(0.5)) this.#tell(id, door)
    if (random.chance(0.01)) Object.assign(door, { isRunning: false, pending: null }) // it dies
  }

  /** All know of its disk before it takes anything. */
  #begin(id: string, door: Door): void {
    Object.assign(door, { isRunning: true, isAway: false })
    this.#look(door)
    this.#tell(id, door)
  }

  #take(door: Door): void {
    if (door.isAway || door.spool.length > 0) door.spool.push(this.nowMs)
    else this.log.push({ ackMs: this.nowMs, logMs: this.nowMs })
  }

  #drain(door: Door): void {
    for (const ackMs of door.spool.splice(0, this.#random.int(1, 20)))
      this.log.push({ ackMs, logMs: this.nowMs })
  }

  /** As a stop would, if it ends. */
  #look(door: Door): void {
    const ends = door.isRunning && door.spool.length === 0 && this.#random.chance(0.03)
    door.pending = { upToMs: door.spool[0] ?? this.nowMs, ends }
    if (ends) door.isRunning = false
  }

  #tell(id: string, door: Door): void {
    const { upToMs, ends } = door.pending!
    const known = this.disks.get(id)
    const told = withWatermark(known?.told ?? [], { upToMs, toldMs: this.nowMs })
    this.disks.set(id, { sinceMs: known?.sinceMs ?? upToMs, told, hasEnded: ends })
    door.pending = null
  }

  /** Returns what is claimed to be stored and is not, or null. */
  wrong(mutant: Mutant): string | null {
    const disks: Disks = new Map(
      Array.from(this.disks).flatMap(([id, disk]) => {
        const seen = mutant(disk)
        return seen === null ? [] : [[id, seen] as const]
      }),
    )
    const next = this.log[this.stored]
    const storedMs =
      next === undefined ? Number.POSITIVE_INFINITY : (this.log[this.stored - 1]?.logMs ?? 0) - 1
    const { sureToMs } = handedOver(disks, storedMs, this.nowMs)
    const claimedMs = Math.min(this.nowMs - 1, storedMs, sureToMs)
    const waiting = [
      ...this.log.slice(this.stored).map(({ ackMs }) => ackMs),
      ...this.doors.flatMap(({ spool }) => spool),
    ]
    const missing = waiting.find((ackMs) => ackMs < claimedMs)
    return missing === undefined
      ? null
      : `${claimedMs}, but what was acknowledged at ${missing} is not stored`
  }
}

function run(seed: number, mutant: Mutant): string | null {
  const world = new World(seed)
  for (let i = 0; i < STEPS; i++) {
    world.step()
    const wrong = world.wrong(mutant)
    if (wrong !== null) return wrong
  }
  return null
}

const SEEDS = Array.from({ length: 30 }, (_, i) => i + 1)

describe('What is said to be stored of all that was acknowledged', () => {
  it('is, whatever waits on disks and however far behind the counts are', () => {
    for (const seed of SEEDS)
      assert.equal(
        run(seed, (disk) => disk),
        null,
        `seed ${seed}`,
      )
  })

  const caught = (what: string, mutant: Mutant) =>
    it(`is found wrong where ${what}`, () => {
      assert.ok(SEEDS.some((seed) => run(seed, mutant) !== null))
    })

  caught('the newest watermark counts, however far the log is stored', (disk) => ({
    ...disk,
    told: [{ ...disk.told.at(-1)!, toldMs: Number.NEGATIVE_INFINITY }],
  }))
  caught('a disk that ended is forgotten at once', (disk) => (disk.hasEnded ? null : disk))
  caught('a disk is not asked for before its first watermark', (disk) => ({
    ...disk,
    sinceMs: Number.POSITIVE_INFINITY,
    told: disk.told.slice(-1),
  }))
  caught('a watermark speaks of the time at which it is told', (disk) => ({
    ...disk,
    told: disk.told.map(({ toldMs }) => ({ upToMs: toldMs, toldMs })),
  }))
})
