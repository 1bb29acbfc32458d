import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MINUTE_MS, minuteOf } from '../../model/bucket.ts'
import { Random } from '../../simulator/random.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { OwnWatermark, type OwnWatermarkDeps } from './own-watermark.ts'

const NOW_MS = 1_700_000_000_000

type Held = { readonly ackMs: number; readonly timeMs: number; readonly spooledMs: number }

/** The disk of a partitioner, and what it says of it. */
class Door {
  readonly clock = new ManualClock(NOW_MS)
  readonly told: number[] = []
  hasEnded = false
  isAway = false
  spool: Held[] = []
  unrouted: Held[] = []
  spooled = 0
  routedToMinute = Number.NEGATIVE_INFINITY
  lookedMs = Number.NEGATIVE_INFINITY
  /** Decided on, and not yet on the disk. */
  arriving: number[] = []
  /** Whatever happens before is routed at once. */
  knownToMinute = minuteOf(NOW_MS) + 1

  readonly deps: OwnWatermarkDeps = {
    clock: this.clock,
    random: () => 0.5,
    spool: () => ({
      oldestAtMs: this.spool.length === 0 ? null : Math.min(...this.spool.map(({ spooledMs }) => spooledMs)),
    }),
    unrouted: asUnrouted(this),
    tell: async (upToMs, hasEnded) => {
      this.told.push(upToMs)
      this.hasEnded = hasEnded
    },
    onRetry: (_, error) => assert.fail(String(error)),
  }

  take(timeMs: number): void {
    const nowMs = this.clock.nowMs()
    const event = { ackMs: nowMs, timeMs, spooledMs: nowMs }
    if (minuteOf(timeMs) >= this.knownToMinute) this.arriving.push(timeMs)
    else if (this.isAway) this.spool.push(event)
  }

  /** What was to wait is on the disk, and acknowledged. */
  arrive(): void {
    const nowMs = this.clock.nowMs()
    for (const timeMs of this.arriving.splice(0))
      this.unrouted.push({ ackMs: nowMs, timeMs, spooledMs: nowMs })
  }

  /** Sends what can be routed, of which the log has nothing yet or everything. Returns what removes it here. */
  route(): () => void {
    const toMinute = this.knownToMinute
    const lookedMs = this.clock.nowMs()
    const sent = this.unrouted.filter(({ timeMs }) => minuteOf(timeMs) < toMinute)
    if (this.isAway && sent.length > 0) {
      this.spool.push(...sent.map((event) => ({ ...event, spooledMs: this.clock.nowMs() })))
      this.spooled++
    }
    return () => {
      this.unrouted = this.unrouted.filter((event) => !sent.includes(event))
      this.routedToMinute = toMinute
      this.lookedMs = lookedMs
    }
  }

  /** What was acknowledged, happened before the time, and is not in the log. */
  missing(upToMs: number): Held | undefined {
    return [...this.spool, ...this.unrouted].find(({ ackMs, timeMs }) => ackMs < upToMs && timeMs < upToMs)
  }
}

function asUnrouted(door: Door): OwnWatermarkDeps['unrouted'] {
  return {
    get spooled() {
      return door.spooled
    },
    waitingFromMs: () => {
      if (door.unrouted.length === 0) return Number.POSITIVE_INFINITY
      const oldestMs = Math.min(...door.unrouted.map(({ ackMs }) => ackMs))
      if (door.clock.nowMs() < door.lookedMs) return oldestMs
      return Math.max(oldestMs, Math.min(door.routedToMinute * MINUTE_MS, door.lookedMs))
    },
  }
}

describe('The watermark of a partitioner', () => {
  it('is now where nothing waits', () => {
    const { deps, clock } = new Door()
    const watermark = new OwnWatermark(deps, null)
    assert.equal(watermark.look(), NOW_MS)
    clock.advance(250)
    assert.equal(watermark.look(), NOW_MS + 250)
  })

  it('stops at the oldest event in the spool, and goes on with the next', () => {
    const door = new Door()
    const watermark = new OwnWatermark(door.deps, null)
    door.isAway = true
    door.clock.advance(1_000)
    door.take(NOW_MS)
    door.clock.advance(1_000)
    door.take(NOW_MS)
    door.clock.advance(1_000)
    assert.equal(watermark.look(), NOW_MS + 1_000)
    door.spool.shift()
    assert.equal(watermark.look(), NOW_MS + 2_000)
    door.spool.shift()
    assert.equal(watermark.look(), NOW_MS + 3_000)
  })

  it('is not held back by events from the future that wait for the layout of their minute', () => {
    const door = new Door()
    const watermark = new OwnWatermark(door.deps, null)
    door.take((door.knownToMinute + 1) * MINUTE_MS)
    door.arrive()
    door.clock.advance(1_000)
    door.route()()
    assert.equal(watermark.look(), NOW_MS + 1_000)
    door.clock.advance(5 * MINUTE_MS)
    door.route()()
    assert.equal(watermark.look(), door.knownToMinute * MINUTE_MS)
  })

  it('stands still after a restart until the spool is empty', () => {
    const door = new Door()
    door.isAway = true
    door.clock.advance(1_000)
    door.take(NOW_MS)
    const watermark = new OwnWatermark(door.deps, NOW_MS + 10)
    assert.equal(watermark.look(), NOW_MS + 10)
    door.spool = []
    assert.equal(watermark.look(), NOW_MS + 1_000)
  })

  it('goes back with the clock, because what is acknowledged from then on is earlier', () => {
    const door = new Door()
    const watermark = new OwnWatermark(door.deps, null)
    assert.equal(watermark.look(), NOW_MS)
    door.clock.advance(-10 * MINUTE_MS)
    door.isAway = true
    assert.equal(watermark.look(), NOW_MS - 10 * MINUTE_MS)
    door.clock.advance(1_000)
    door.take(door.clock.nowMs())
    door.clock.advance(MINUTE_MS)
    assert.equal(watermark.look(), NOW_MS - 10 * MINUTE_MS + 1_000)
  })

  it('does so after a restart, too', () => {
    const door = new Door()
    door.clock.advance(-10 * MINUTE_MS)
    const watermark = new OwnWatermark(door.deps, NOW_MS)
    assert.equal(watermark.look(), NOW_MS - 10 * MINUTE_MS)
  })

  it('tells at its end whether it leaves something', async () => {
    const door = new Door()
    const watermark = new OwnWatermark(door.deps, null)
    await watermark.end()
    assert.equal(door.hasEnded, true)
    door.isAway = true
    door.take(NOW_MS)
    door.clock.advance(1_000)
    await watermark.end()
    assert.equal(door.hasEnded, false)
    assert.deepEqual(door.told, [NOW_MS, NOW_MS])
  })

  it('is told again and again, also after a failure', async () => {
    const { deps, clock, told } = new Door()
    const retries: number[] = []
    let fails = 2
    const tell = async (upToMs: number) => {
      if (fails-- > 0) throw new Error('away')
      told.push(upToMs)
    }
    const watermark = new OwnWatermark({ ...deps, tell, onRetry: (attempt) => retries.push(attempt) }, null)
    const stopping = new AbortController()
    const following = watermark.follow(250, stopping.signal)
    for (let i = 0; i < 20; i++) {
      clock.advance(100)
      await new Promise(setImmediate)
    }
    stopping.abort()
    await following
    assert.deepEqual(retries, [0, 1])
    assert.ok(told.length >= 3, `${told.length}`)
  })
})

type Mutant = (deps: OwnWatermarkDeps, door: Door) => OwnWatermarkDeps

/** Returns the first watermark that is not true, or null. */
function runDoor(seed: number, mutant: Mutant, isRemembered: boolean, stepsBack = 0): string | null {
  const random = new Random(seed)
  const door = new Door()
  let watermark = new OwnWatermark(mutant(door.deps, door), null)
  let removeSent: (() => void) | null = null
  for (let step = 0; step < 1_000; step++) {
    if (random.chance(0.3)) door.clock.advance(random.int(1, 20_000))
    if (random.chance(stepsBack)) {
      door.clock.advance(-random.int(1, 10 * MINUTE_MS))
      watermark.look() // it is looked at four times a second
    }
    if (random.chance(0.05)) door.isAway = !door.isAway
    if (random.chance(0.3)) door.arrive()
    if (random.chance(0.5)) door.take(door.clock.nowMs() + random.int(-5 * MINUTE_MS, 2 * MINUTE_MS))
    if (random.chance(0.1))
      door.knownToMinute = Math.max(door.knownToMinute, minuteOf(door.clock.nowMs()) + 1)
    if (removeSent === null && random.chance(0.1)) removeSent = door.route()
    else if (removeSent !== null && random.chance(0.1)) {
      removeSent()
      removeSent = null
    }
    if (!door.isAway && random.chance(0.3)) door.spool.shift()
    const upToMs = watermark.look()
    const missing = door.missing(upToMs)
    if (missing !== undefined)
      return `${upToMs}, but an event of ${missing.timeMs}, acknowledged at ${missing.ackMs}, is not in the log`
    if (random.chance(0.01)) {
      removeSent = null
      const unknown = Number.NEGATIVE_INFINITY
      Object.assign(door, { spooled: 0, arriving: [], routedToMinute: unknown, lookedMs: unknown })
      watermark = new OwnWatermark(mutant(door.deps, door), isRemembered ? upToMs : null)
    }
  }
  return null
}

const SEEDS = Array.from({ length: 40 }, (_, i) => i + 1)
const asItIs: Mutant = (deps) => deps

describe('What a watermark says', () => {
  it('is true through outages, layouts that are not known, and restarts', () => {
    for (const seed of SEEDS) assert.equal(runDoor(seed, asItIs, true), null, `seed ${seed}`)
  })

  it('is true where the clock is set back, too', () => {
    for (const seed of SEEDS) assert.equal(runDoor(seed, asItIs, true, 0.01), null, `seed ${seed}`)
  })

  const caught = (what: string, mutant: Mutant, isRemembered = true) =>
    it(`is found wrong where ${what}`, () => {
      assert.ok(SEEDS.some((seed) => runDoor(seed, mutant, isRemembered) !== null))
    })

  caught('the spool is not asked', (deps) => ({ ...deps, spool: () => ({ oldestAtMs: null }) }))
  caught('events whose layout is unknown are not asked for', ({ unrouted, ...deps }) => ({
    ...deps,
    unrouted: {
      waitingFromMs: () => Number.POSITIVE_INFINITY,
      get spooled() {
        return unrouted.spooled
      },
    },
  }))
  caught('what moves into the spool counts as acknowledged then', ({ unrouted, ...deps }) => ({
    ...deps,
    unrouted: { spooled: 0, waitingFromMs: () => unrouted.waitingFromMs() },
  }))
  caught('what came since the last look counts as looked at', ({ unrouted, ...deps }, door) => ({
    ...deps,
    unrouted: {
      waitingFromMs: () =>
        door.unrouted.length === 0 ? Number.POSITIVE_INFINITY : door.routedToMinute * MINUTE_MS,
      get spooled() {
        return unrouted.spooled
      },
    },
  }))
  caught('a restart forgets what was told last', asItIs, false)
})
