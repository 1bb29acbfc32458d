// Milestones are told of exactly: each threshold under one id, whatever crashes and whoever else believes to lead.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { versionOf } from '../../../stores/alerts/alerts.ts'
import { alertOf } from '../../../testing/alert-fixture.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { MemoryAlerts } from '../../../testing/memory-alerts.ts'
import { ALERT_RULES, AlertWatch, type AlertWatchPorts } from './alert-watch.ts'
import type { Counting } from './judge.ts'
import type { SendWebhook } from './send-webhook.ts'

const THRESHOLDS = [5, 10, 20, 40]
const ALERT = alertOf({ kind: 'passes', thresholds: THRESHOLDS })
/** What a replica shows that lacks a correction. */
const NOT_CORRECTED = 1_000

type Step =
  | { readonly do: 'count'; readonly events: number }
  | { readonly do: 'stale'; readonly isStale: boolean }
  | { readonly do: 'away'; readonly isAway: boolean }
  | { readonly do: 'wait'; readonly ms: number }
  /** Both processes pass at once, each up to so many calls; null: to the end. */
  | { readonly do: 'pass'; readonly calls: readonly (number | null)[]; readonly ticks: readonly number[] }

const arbitraryCalls = fc.option(fc.nat(14), { nil: null, freq: 2 })
const arbitraryStep: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('count' as const), events: fc.integer({ min: -6, max: 9 }) }),
  fc.record({ do: fc.constant('stale' as const), isStale: fc.boolean() }),
  fc.record({ do: fc.constant('away' as const), isAway: fc.boolean() }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 5_000 }) }),
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('pass' as const),
      calls: fc.tuple(arbitraryCalls, arbitraryCalls),
      ticks: fc.array(fc.nat(4), { minLength: 1, maxLength: 6 }),
    }),
  },
)

type Delivery = { readonly id: string; readonly threshold: number; readonly body: string }

/** What differs from the product in a mutant. */
type Mutant = {
  readonly rules?: Partial<typeof ALERT_RULES>
  readonly ports?: (ports: Pick<AlertWatchPorts, 'alerts' | 'send'>) => Partial<AlertWatchPorts>
}

class World {
  readonly clock = new ManualClock(1_740_000_000_000)
  readonly alerts = new MemoryAlerts()
  readonly deliveries: Delivery[] = []
  readonly faults: string[] = []
  readonly #mutant: Mutant
  #count = 0
  /** No two answers are alike. */
  #asked = 0
  #surestMost = 0
  #isStale = false
  #isAway = false
  readonly #processes: Process[]

  constructor(mutant: Mutant) {
    this.#mutant = mutant
    this.#processes = [0, 1].map(() => this.#start())
  }

  async take(step: Step): Promise<void> {
    if (step.do === 'count') this.#count = Math.max(0, this.#count + step.events)
    if (step.do === 'stale') this.#isStale = step.isStale
    if (step.do === 'away') this.#isAway = step.isAway
    if (step.do === 'wait') this.clock.advance(step.ms)
    if (step.do !== 'pass') return
    await Promise.all(step.calls.map((calls, at) => this.#processes[at]!.pass(calls, step.ticks)))
    for (const [at, process] of this.#processes.entries())
      if (process.isDead) this.#processes[at] = this.#start()
  }

  /** Everything works again, until nothing waits. */
  async end(): Promise<void> {
    this.#isStale = false
    this.#isAway = false
    for (let round = 0; round < 5; round++) {
      await this.take({ do: 'pass', calls: [null, null], ticks: [0] })
      this.clock.advance(3_600_000)
    }
  }

  check(): void {
    assert.deepEqual(this.faults, [])
    const told = new Map(this.deliveries.map(({ threshold, id }) => [threshold, id]))
    const bodies = new Map(this.deliveries.map(({ id, body }) => [id, body]))
    for (const { id, threshold, body } of this.deliveries) {
      assert.equal(id, told.get(threshold), `${threshold} has two ids`)
      assert.equal(body, bodies.get(id), `${id} has two bodies`)
      assert.ok(threshold <= this.#surestMost, `${threshold} was never passed`)
    }
    assert.equal(new Set(told.values()).size, told.size, 'two thresholds have one id')
    for (const threshold of THRESHOLDS)
      if (threshold <= this.#count) assert.ok(told.has(threshold), `${threshold} was not told of`)
  }

  #start(): Process {
    const { alerts } = this
    const ports = { alerts, send: this.#receive }
    return new Process(
      { ...ports, ...this.#mutant.ports?.(ports) },
      { counting: () => this.#counting(), clock: this.clock },
      { ...ALERT_RULES, ...this.#mutant.rules },
    )
  }

  #counting(): Counting {
    const minute = Math.floor(this.clock.nowMs() / 60_000)
    return {
      ...{ reachedMinute: minute, minutesFrom: 0, endMinute: minute + 1 },
      count: async () => {
        const isStale = this.#isStale
        if (!isStale) this.#surestMost = Math.max(this.#surestMost, this.#count)
        const count = this.#count + (isStale ? NOT_CORRECTED : 0)
        return { count, asOfMs: this.clock.nowMs() + this.#asked++, isComplete: false, isStale }
      },
    }
  }

  readonly #receive: SendWebhook = async ({ headers, body }) => {
    const { id, threshold } = JSON.parse(body).data
    const stored = await this.alerts.find(ALERT.tenant, ALERT.alertId)
    if (!stored!.milestones.some((one) => one.id === id))
      this.faults.push(`${id} was sent before it was noted`)
    if (headers['webhook-id'] !== id) this.faults.push(`${id} is not named by its header`)
    if (this.#isAway) return { ok: false, error: 'away', isGone: false }
    this.deliveries.push({ id, threshold, body })
    return { ok: true }
  }
}

/** A process that dies at a call: before it takes effect, or after, when nobody hears of it. */
class Process {
  readonly #watch: AlertWatch
  readonly #died = Promise.withResolvers<void>()
  #callsLeft: number | null = null
  #ticks: readonly number[] = [0]
  #calls = 0
  isDead = false

  constructor(
    { alerts, send }: Pick<AlertWatchPorts, 'alerts' | 'send'>,
    others: Pick<AlertWatchPorts, 'counting' | 'clock'>,
    rules: typeof ALERT_RULES,
  ) {
    const through = <Asked extends unknown[], T>(call: (...asked: Asked) => Promise<T>) => {
      return async (...asked: Asked): Promise<T> => {
        await this.#live()
        const result = await call(...asked)
        await this.#live()
        return result
      }
    }
    this.#watch = new AlertWatch(
      {
        ...others,
        alerts: {
          all: through(() => alerts.all()),
          find: through((tenant, alertId) => alerts.find(tenant, alertId)),
          write: through((alert, expected) => alerts.write(alert, expected)),
        },
        send: through(send),
        mayBeTold: () => true,
        onUntold: () => {},
        random: () => 0.5,
        onError: (error) => {
          throw error
        },
        metrics: { attempted() {}, waiting() {}, passing() {}, passed() {}, resting() {}, untold() {} },
      },
      rules,
    )
  }

  async pass(calls: number | null, ticks: readonly number[]): Promise<void> {
    this.#callsLeft = calls
    this.#ticks = ticks
    await Promise.race([this.#died.promise, this.#watch.pass().then(() => this.#watch.settled())])
  }

  async #live(): Promise<void> {
    const ticks = this.#ticks[this.#calls++ % this.#ticks.length]!
    for (let tick = 0; tick < ticks; tick++) await null
    if (this.#callsLeft === 0) this.isDead = true
    if (this.#callsLeft !== null) this.#callsLeft--
    if (!this.isDead) return
    this.#died.resolve()
    await new Promise(() => {})
  }
}

function holds(mutant: Mutant = {}) {
  return fc.asyncProperty(fc.array(arbitraryStep, { minLength: 1, maxLength: 40 }), async (steps) => {
    const world = new World(mutant)
    await world.alerts.write(ALERT, null)
    for (const step of steps) await world.take(step)
    await world.end()
    world.check()
  })
}

it('tells of each threshold under one id, whatever crashes, and of none that was not passed', async () => {
  await fc.assert(holds(), { numRuns: 500 })
})

/** Always the same ones, of which some find each mutant. */
const MUTANT_RUNS = { numRuns: 5_000, seed: 17, endOnFailure: true }

describe('It is found out where', () => {
  const caught = (what: string, mutant: Mutant, pattern: RegExp) =>
    it(what, async () => {
      const { failed, errorInstance } = await fc.check(holds(mutant), MUTANT_RUNS)
      assert.ok(failed, 'nobody noticed')
      assert.match(String((errorInstance as Error).message), pattern)
    })

  caught(
    'an answer counts that is not sure',
    {
      rules: {
        judge: (alert, { count, ...counting }, judgedTo) => {
          const sure = async (from: number | null, to: number) => ({
            ...(await count(from, to)),
            isStale: false,
          })
          return ALERT_RULES.judge(alert, { ...counting, count: sure }, judgedTo)
        },
      },
    },
    /was never passed/,
  )

  let made = 0
  caught(
    'an id is made up each time that something is found',
    {
      rules: {
        judge: (alert, counting, judgedTo) =>
          ALERT_RULES.judge({ ...alert, milestones: [] }, counting, judgedTo),
        noted: (alert, findings, nowMs) => {
          const named = ALERT_RULES.noted({ ...alert, milestones: [] }, findings, nowMs).milestones
          const anew = named.map((one) => ({ ...one, id: `msg_${++made}` }))
          if (anew.length === 0) return alert
          return { ...alert, milestones: [...alert.milestones, ...anew], revision: alert.revision + 1 }
        },
      },
    },
    /has two ids/,
  )

  caught(
    'two that write at once overwrite each other',
    {
      ports: ({ alerts }) => ({
        alerts: {
          all: () => alerts.all(),
          find: (tenant, alertId) => alerts.find(tenant, alertId),
          async write(alert) {
            const stored = await alerts.find(alert.tenant, alert.alertId)
            return alerts.write(alert, stored)
          },
        },
      }),
    },
    /has two bodies|sent before it was noted/,
  )

  caught(
    'it is sent though it could not be noted',
    {
      ports: ({ alerts }) => ({
        alerts: {
          all: () => alerts.all(),
          find: (tenant, alertId) => alerts.find(tenant, alertId),
          write: async (alert, expected) => {
            const isNews = alert.milestones.some(({ attempts }) => attempts === 0)
            const stored = await alerts.find(alert.tenant, alert.alertId)
            if (isNews && versionOf(stored!) === versionOf(expected!)) return true // and is not
            return alerts.write(alert, expected)
          },
        },
      }),
    },
    /sent before it was noted/,
  )

  caught(
    'a failed attempt counts as delivered',
    {
      rules: { attempted: (alert, id, _, nowMs) => ALERT_RULES.attempted(alert, id, { ok: true }, nowMs, 0) },
    },
    /was not told of/,
  )

  caught(
    'it is marked as delivered before it is',
    {
      ports: ({ alerts, send }) => ({
        send: async (webhook, signal) => {
          const { id } = JSON.parse(webhook.body).data
          const stored = (await alerts.find(ALERT.tenant, ALERT.alertId))!
          await alerts.write(ALERT_RULES.attempted(stored, id, { ok: true }, 0, 0), stored)
          return send(webhook, signal)
        },
      }),
    },
    /was not told of/,
  )
})
