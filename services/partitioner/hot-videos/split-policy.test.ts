import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MINUTE_MS } from '../../../model/bucket.ts'
import type { Layout } from '../../../model/layout.ts'
import { route } from '../../../model/route.ts'
import type { Rates } from '../../../stores/rates/rates.ts'
import { AUTOMATIC_SPLITS_MAX, decide, type LastHot, type SplitRule } from './split-policy.ts'

const RULE: SplitRule = { eventsPerSecond: 1_000 }
const COOL_MINUTES = 10
const RATIO_MAX = 1.5

function layoutOf(layout: Partial<Layout> = {}): Layout {
  return { version: 1, fromMinute: 0, partitions: 16, splits: new Map(), dedicated: new Map(), ...layout }
}

/** `others`: events a second that no split is concerned with. */
function ratesOf(videos: Readonly<Record<string, number>>, others: number): Rates {
  const total = Object.values(videos).reduce((sum, rate) => sum + rate, others)
  return { total, videos: new Map(Object.entries(videos)) }
}

/** Follows the policy through minutes, with each layout in force a minute after it was made. */
class Followed {
  layout = layoutOf()
  minute = 0
  changes = 0
  #lastHot: LastHot = new Map()

  see(rates: Rates, rule = RULE): ReadonlyMap<string, number> {
    this.minute++
    const { lastHot, automatic } = decide(this.#lastHot, rates, this.layout, rule, this.minute)
    this.#lastHot = lastHot
    if (automatic !== null) {
      const operators = Array.from(this.layout.splits).filter(([key]) => !this.layout.automatic?.has(key))
      this.changes++
      this.layout = layoutOf({
        version: this.layout.version + 1,
        fromMinute: this.minute + 1,
        splits: new Map([...operators, ...automatic]),
        automatic: new Set(automatic.keys()),
      })
    }
    return this.layout.splits
  }
}

test('the number of parts follows the share of a video', () => {
  const check = (videos: Record<string, number>, others: number, parts: Record<string, number>) => {
    assert.deepEqual(Object.fromEntries(new Followed().see(ratesOf(videos, others))), parts)
  }
  check({ viral: 16_000 }, 4_000, { viral: 16 })
  check({ warm: 1_000 }, 19_000, { warm: 8 })
  check({ warm: 1_000 }, 99_000, { warm: 2 })
  check({ even: 1_000 }, 199_000, {})
  check({ 'acme/a': 8_000, 'acme/b': 8_000 }, 0, { 'acme/a': 16, 'acme/b': 16 })
})

test('below the threshold nothing is split, whatever its share', () => {
  assert.deepEqual(new Followed().see(ratesOf({ only: 999 }, 0)), new Map())
})

test('nothing is decided before the newest layout is in force', () => {
  const layout = layoutOf({ fromMinute: 5 })
  const rates = ratesOf({ viral: 16_000 }, 4_000)
  assert.equal(decide(new Map(), rates, layout, RULE, 4).automatic, null)
  assert.deepEqual(decide(new Map(), rates, layout, RULE, 5).automatic, new Map([['viral', 16]]))
})

test('a video that cools is merged, but only when it has been cool for some minutes', () => {
  const followed = new Followed()
  followed.see(ratesOf({ viral: 16_000 }, 4_000))
  const cool = ratesOf({ viral: 100 }, 4_000)
  for (let i = 1; i < COOL_MINUTES; i++) assert.ok(followed.see(cool).has('viral'), `minute ${i}`)
  followed.see(ratesOf({ viral: 16_000 }, 4_000))
  for (let i = 1; i < COOL_MINUTES; i++) assert.ok(followed.see(cool).has('viral'), `minute ${i} again`)
  assert.deepEqual(followed.see(cool), new Map())
  assert.equal(followed.changes, 2)
})

test('a video that is no longer named at all is merged too', () => {
  const followed = new Followed()
  followed.see(ratesOf({ viral: 16_000 }, 4_000))
  for (let i = 0; i <= COOL_MINUTES; i++) followed.see(ratesOf({}, 4_000))
  assert.deepEqual(followed.layout.splits, new Map())
})

test('splits of an operator are left alone', () => {
  const layout = layoutOf({ splits: new Map([['mine', 2]]) })
  for (const rate of [0, 16_000])
    assert.equal(decide(new Map(), ratesOf({ mine: rate }, 4_000), layout, RULE, 9).automatic, null)
})

test('noise makes no split come and go', () => {
  const noise = fc.double({ min: 0.75, max: 1.3, noNaN: true })
  const steady = fc.array(fc.integer({ min: 500, max: 20_000 }), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(steady, fc.array(noise, { minLength: 60, maxLength: 60 }), (rates, noises) => {
      const followed = new Followed()
      let before: ReadonlyMap<string, number> = new Map()
      for (const factor of noises) {
        const named = rates.map((rate, i) => [`v${i}`, i % 2 === 0 ? rate * factor : rate])
        const noisy = new Map(named as [string, number][])
        const splits = followed.see({ total: 50_000, videos: noisy })
        for (const [video, parts] of before) assert.ok(splits.get(video)! >= parts, `${video} is merged`)
        before = splits
      }
    }),
    { numRuns: 50 },
  )
})

test('a hundred tenants with a hot video each, and more, stay within the bound', () => {
  const hot = (tenants: number) =>
    ratesOf(Object.fromEntries(Array.from({ length: tenants }, (_, i) => [`t${i}/hot`, 2_000 + i])), 0)
  for (const tenants of [100, 1_000]) {
    const layout = layoutOf({ partitions: 512 })
    const splits = decide(new Map(), hot(tenants), layout, RULE, 1).automatic!
    assert.equal(splits.size, Math.min(tenants, AUTOMATIC_SPLITS_MAX))
    assert.ok(splits.has(`t${tenants - 1}/hot`), 'the hottest comes first')
  }
})

test('decides the same in whatever order the videos are named', () => {
  const video = fc.tuple(fc.nat(300).map(String), fc.nat(20_000))
  fc.assert(
    fc.property(fc.array(video, { maxLength: 300 }), (named) => {
      const videos = new Map(named)
      const total = 40_000
      const backwards = new Map(Array.from(videos).reverse())
      const one = decide(new Map(), { total, videos }, layoutOf(), RULE, 1)
      const other = decide(new Map(), { total, videos: backwards }, layoutOf(), RULE, 1)
      assert.deepEqual(one.automatic, other.automatic)
    }),
  )
})

test('once split, a video with four fifths of the traffic loads no partition far above the mean', () => {
  const followed = new Followed()
  followed.see(ratesOf({ viral: 16_000 }, 4_000))
  for (let minute = followed.layout.fromMinute; minute < followed.layout.fromMinute + 5; minute++) {
    const load = new Array<number>(16).fill(0)
    for (let i = 0; i < 10_000; i++) {
      const videoId = i % 5 === 0 ? `v${i % 1_500}` : 'viral'
      const event = { tenant: '', videoId, id: `${minute}-${i}`, channelId: null, timeMs: minute * MINUTE_MS }
      load[route([layoutOf(), followed.layout], event)]!++
    }
    const ratio = Math.max(...load) / (10_000 / 16)
    assert.ok(ratio <= RATIO_MAX, `${ratio} times the mean in minute ${minute}`)
  }
})
