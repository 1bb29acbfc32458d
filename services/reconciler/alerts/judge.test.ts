import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Alert, Condition } from '../../../stores/alerts/alerts.ts'
import { ALERT_CREATED_MINUTE, alertOf, countingOf } from '../../../testing/alert-fixture.ts'
import { type Counted, type Counting, judge, WINDOWS_BACK_MAX } from './judge.ts'
import { noted } from './milestones.ts'

const START = ALERT_CREATED_MINUTE
const SURE: Counted = { count: 0, asOfMs: START * 60_000, isComplete: true, isStale: false }

const always = (counted: Partial<Counted>): Counting => ({
  reachedMinute: START + 100,
  endMinute: START + 101,
  minutesFrom: 0,
  count: async () => ({ ...SURE, ...counted }),
})

async function told(condition: Condition, counted: Partial<Counted>): Promise<number> {
  return (await judge(alertOf(condition), always(counted), 0)).findings.length
}

describe('An alert that passes', () => {
  const passes: Condition = { kind: 'passes', thresholds: [10, 20] }
  const check = (title: string, counted: Partial<Counted>, expected: number) =>
    it(title, async () => assert.equal(await told(passes, counted), expected))

  check('tells nothing below its thresholds', { count: 9 }, 0)
  check('tells of a threshold that is reached', { count: 10 }, 1)
  check('tells of all that are passed', { count: 1_000 }, 2)
  check('tells it though the count may be behind', { count: 10, isComplete: false }, 1)
  check('waits while the store cannot be asked in full', { count: 1_000, isStale: true }, 0)
  check('waits until it is known how far the counts go', { count: 1_000, asOfMs: null }, 0)
})

describe('Alerts that need a whole range', () => {
  const rises: Condition = { kind: 'rises', factor: 2, windowMinutes: 5, countMin: 1 }
  const silent: Condition = { kind: 'silent', minutes: 5 }
  const unsure: Partial<Counted>[] = [{ isComplete: false }, { isStale: true }, { asOfMs: null }]
  for (const counted of unsure) {
    it(`wait while an answer is not sure: ${JSON.stringify(counted)}`, async () => {
      assert.equal(await told(silent, counted), 0)
      assert.equal(await told(rises, { ...counted, count: 9 }), 0)
    })
  }

  it('are sure of the same otherwise', async () => assert.equal(await told(silent, {}), 1))
})

/** Judges again and again, as far as the counts go, and notes what it finds; some of it in new processes. */
async function reasonsOf(
  alert: Alert,
  counts: ReadonlyMap<number, number>,
  reached: readonly number[],
  restarts: readonly boolean[] = [],
) {
  let [current, judgedTo] = [alert, 0]
  for (const [at, minute] of reached.entries()) {
    if (restarts[at % restarts.length]) judgedTo = 0
    const judged = await judge(current, countingOf({ counts, reached: minute }), judgedTo)
    judgedTo = judged.judgedTo
    current = noted(current, judged.findings, minute * 60_000)
    const milestones = current.milestones.map((one) => ({ ...one, deliveredMs: 1 }))
    current = { ...current, milestones }
  }
  return current.milestones.map(({ reason }) => reason)
}

const MINUTES = 200
const arbitraryCounts = fc
  .uniqueArray(fc.tuple(fc.integer({ min: -40, max: MINUTES }), fc.integer({ min: 1, max: 9 })), {
    selector: ([minute]) => minute,
    maxLength: 80,
  })
  .map((pairs) => new Map(pairs.map(([minute, count]) => [START + minute, count])))
const arbitrarySteps = fc
  .array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 40 })
  .map((steps) => steps.map((_, at) => START + steps.slice(0, at + 1).reduce((sum, step) => sum + step, 0)))
const arbitraryRestarts = fc.array(fc.boolean(), { minLength: 1, maxLength: 5 })

it('An alert that rises tells of each window that rose, once, whenever it is judged', async () => {
  const condition = { kind: 'rises', factor: 1.5, windowMinutes: 5, countMin: 3 } as const
  await fc.assert(
    fc.asyncProperty(
      arbitraryCounts,
      arbitrarySteps,
      arbitraryRestarts,
      async (counts, reached, restarts) => {
        const sum = (from: number) =>
          [0, 1, 2, 3, 4].reduce((all, minute) => all + (counts.get(from + minute) ?? 0), 0)
        const expected: number[] = []
        for (let to = Math.floor(START / 5) * 5 + 5; to <= reached.at(-1)!; to += 5) {
          const [before, now] = [sum(to - 10), sum(to - 5)]
          if (now >= 3 && now >= 1.5 * before) expected.push(to)
        }
        const found = await reasonsOf(alertOf(condition), counts, reached, restarts)
        const ends = found.map((reason) => (reason.kind === 'rises' ? reason.to : 0))
        assert.deepEqual(ends, expected.slice(-60))
      },
    ),
  )
})

it('a window of long ago is judged no more', async () => {
  const condition = { kind: 'rises', factor: 2, windowMinutes: 5, countMin: 1 } as const
  const counts = new Map([[START + 2, 5]])
  const first = Math.floor(START / 5) * 5 + 5
  const last = first + 5 * WINDOWS_BACK_MAX
  assert.equal((await reasonsOf(alertOf(condition), counts, [last - 5])).length, 1)
  assert.equal((await reasonsOf(alertOf(condition), counts, [last])).length, 0)
})

it('An alert that is silent tells of each silence once, by the minute after the last event', async () => {
  const minutes = 7
  await fc.assert(
    fc.asyncProperty(arbitraryCounts, arbitrarySteps, async (counts, reached) => {
      const expected = new Set<number>()
      for (const to of reached) {
        let since = to
        while (since > START && !counts.has(since - 1)) since--
        if (to - since >= minutes) expected.add(since)
      }
      const found = await reasonsOf(alertOf({ kind: 'silent', minutes }), counts, reached)
      const sinces = found.map((reason) => (reason.kind === 'silent' ? reason.since : 0))
      assert.deepEqual(sinces, Array.from(expected))
    }),
  )
})

it('a late event in a silence that was told of begins no new one; a later event does', async () => {
  const alert = alertOf({ kind: 'silent', minutes: 5 })
  const judged = await judge(alert, countingOf({ counts: new Map(), reached: START + 10 }), 0)
  const after = noted(alert, judged.findings, 0)
  const toldAgain = async (minute: number) => {
    const counting = countingOf({ counts: new Map([[minute, 1]]), reached: START + 30 })
    return (await judge(after, counting, 0)).findings.map(({ reason }) => reason)
  }
  assert.deepEqual(await toldAgain(START + 9), [])
  assert.deepEqual(await toldAgain(START + 10), [{ kind: 'silent', since: START + 11, to: START + 30 }])
})

it('a silence is told of once, also when the minutes of its beginning are kept no more', async () => {
  const alert = alertOf({ kind: 'silent', minutes: 5 })
  const counts = new Map([[START + 3, 1]])
  let current = alert
  for (const reached of [START + 10, START + 2_000, START + 2_100]) {
    const counting = countingOf({ counts, reached, minutesFrom: reached - 1_000 })
    current = noted(current, (await judge(current, counting, 0)).findings, 0)
  }
  const reasons = current.milestones.map(({ reason }) => reason)
  assert.deepEqual(reasons, [{ kind: 'silent', since: START + 4, to: START + 10 }])
})
