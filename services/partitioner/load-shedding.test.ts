import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Course, simulateOverload } from '../../testing/overload-simulation.ts'
import { LoadShedding, SHED_LIMITS } from './load-shedding.ts'

const { turnMsMax, longTurns, calmTurns, perTurnMin } = SHED_LIMITS

/** How many of `offered` requests are taken in a turn of this length. */
function turn(shedding: LoadShedding, turnMs: number, offered = 100): number {
  let taken = 0
  for (let i = 0; i < offered; i++) if (shedding.admits()) taken += 1
  shedding.turned(turnMs)
  return taken
}

test('pauses never refuse anybody, however long, as long as there are short turns between them', () => {
  const shedding = new LoadShedding()
  for (let round = 0; round < 100; round++) {
    for (let i = 1; i < longTurns; i++) assert.equal(turn(shedding, 60_000), 100)
    assert.equal(turn(shedding, turnMsMax - 1), 100)
  }
  assert.equal(shedding.isShedding, false)
})

test('when even the shortest of several turns is too long, a turn takes what keeps it short', () => {
  const shedding = new LoadShedding()
  for (let i = 0; i < longTurns; i++) assert.equal(turn(shedding, 4 * turnMsMax), 100)
  assert.equal(shedding.isShedding, true)
  assert.equal(turn(shedding, turnMsMax - 1), 12, 'an eighth of what took four times too long')
  assert.equal(turn(shedding, turnMsMax - 1), 12, 'neither long nor short: it stays')
  assert.equal(turn(shedding, turnMsMax / 2 - 1), 12)
  assert.equal(turn(shedding, turnMsMax / 2 - 1), 18, 'more after a short one')
  assert.equal(turn(shedding, 2 * turnMsMax), 27)
  assert.equal(turn(shedding, turnMsMax), 6, 'fewer after a long one')
})

test('a few are taken in every turn, whatever it takes', () => {
  const shedding = new LoadShedding()
  for (let i = 0; i < 50; i++) turn(shedding, 100 * turnMsMax)
  assert.equal(turn(shedding, 100 * turnMsMax), perTurnMin)
  assert.equal(turn(shedding, 100 * turnMsMax, perTurnMin), perTurnMin)
})

test('it ends after so many short turns in which nobody was refused', () => {
  const shedding = new LoadShedding()
  for (let i = 0; i < longTurns; i++) turn(shedding, 2 * turnMsMax)
  for (let i = 1; i < calmTurns; i++) turn(shedding, 1, 1)
  assert.equal(shedding.isShedding, true)
  turn(shedding, 1, 1)
  assert.equal(shedding.isShedding, false)
  assert.equal(turn(shedding, 1, 10_000), 10_000)
})

/** Half of what the server can do; then it is away for 20 s, as after a kill, and everybody sends again and again. */
const KILLED: Course = {
  arrivalsPerSecond: 150,
  requestMs: 3,
  refusalMs: 0.1,
  timeoutMs: 10_000,
  slowFromMs: 30_000,
  slowToMs: 50_000,
  slowness: 1e9,
  untilMs: 160_000,
}
/** The same while other programs take nineteen of twenty parts of the machine. */
const STARVED: Course = { ...KILLED, slowness: 20 }

/** Answers in time, by second, over a part of the course. */
function goodput(bySecond: readonly number[], fromS: number, toS: number): number {
  return bySecond.slice(fromS, toS).reduce((sum, answered) => sum + answered, 0) / (toS - fromS)
}

for (const [name, course] of Object.entries({ killed: KILLED, starved: STARVED })) {
  test(`${name}: an overload outlasts its cause where nothing is shed, and ends with it where requests are`, () => {
    const { arrivalsPerSecond } = course
    const endless = simulateOverload(course, null)
    assert.ok(goodput(endless, 120, 160) < 0.1 * arrivalsPerSecond, `${goodput(endless, 120, 160)}`)

    const shed = simulateOverload(course, new LoadShedding())
    assert.equal(goodput(shed, 10, 30), arrivalsPerSecond, 'before, nothing is refused')
    assert.ok(goodput(shed, 60, 80) > arrivalsPerSecond, `it catches up: ${goodput(shed, 60, 80)}`)
    assert.ok(goodput(shed, 120, 160) > 0.99 * arrivalsPerSecond, `${goodput(shed, 120, 160)}`)
  })
}

/** Most of the work is another thread's, whose queue the event loop does not feel. */
const IN_THREAD: Course = { ...KILLED, requestMs: 0.5, threadMs: 3 }

test('where another thread works on requests an overload ends too, if what waits there counts as a turn', () => {
  const { arrivalsPerSecond } = IN_THREAD
  const unseen = simulateOverload(IN_THREAD, new LoadShedding(), false)
  assert.ok(goodput(unseen, 120, 160) < 0.1 * arrivalsPerSecond, `${goodput(unseen, 120, 160)}`)

  const seen = simulateOverload(IN_THREAD, new LoadShedding())
  assert.equal(goodput(seen, 10, 30), arrivalsPerSecond, 'before, nothing is refused')
  assert.ok(goodput(seen, 120, 160) > 0.99 * arrivalsPerSecond, `${goodput(seen, 120, 160)}`)
})
