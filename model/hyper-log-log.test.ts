import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { HyperLogLog, UNIQUES_ERROR } from './hyper-log-log.ts'

const texts = fc.array(fc.string({ unit: 'binary', maxLength: 12 }), { maxLength: 300, size: 'max' })

function merged(...sketches: readonly HyperLogLog[]): HyperLogLog {
  const all = new HyperLogLog()
  for (const sketch of sketches) all.merge(sketch)
  return all
}

describe('A sketch', () => {
  test('of a union is the merge of sketches, in any order, however often', () => {
    fc.assert(
      fc.property(texts, texts, (a, b) => {
        const [left, right] = [HyperLogLog.of(a), HyperLogLog.of(b)]
        const union = HyperLogLog.of([...b, ...a, ...b]).encode()
        assert.deepEqual(merged(left, right).encode(), union)
        assert.deepEqual(merged(right, left, right, left).encode(), union)
      }),
    )
  })

  test('is what it was encoded to', () => {
    fc.assert(
      fc.property(texts, (seen) => {
        const sketch = HyperLogLog.of(seen)
        const again = HyperLogLog.decode(sketch.encode())
        assert.deepEqual(again.encode(), sketch.encode())
        assert.equal(again.estimate(), sketch.estimate())
      }),
    )
    const large = sketchOf(20_000, 'large')
    const again = HyperLogLog.decode(large.encode())
    assert.deepEqual([...again.registers()], [...large.registers()])
  })

  test('takes three bytes a text while there are few, and never more than 4,097', () => {
    const sizes = [0, 1, 100, 10_000, 100_000].map((n) => sketchOf(n, 'size').encode().length)
    assert.deepEqual(sizes.slice(0, 2), [1, 4])
    assert.ok(sizes[2]! > 290 && sizes[2]! <= 301, `${sizes[2]} bytes`)
    assert.deepEqual(sizes.slice(3), [4_097, 4_097])
  })

  test('says when a register rises', () => {
    const sketch = new HyperLogLog()
    assert.deepEqual(
      [sketch.raise(7, 3), sketch.raise(7, 3), sketch.raise(7, 2), sketch.raise(7, 4)],
      [true, false, false, true],
    )
    assert.equal(sketch.rankOf(7), 4)
  })

  for (const [name, bytes] of [
    ['nothing', []],
    ['an unknown form', [9, 1, 2, 3]],
    ['half an entry', [1, 0, 1]],
    ['a register too many', [1, 16, 0, 1]],
    ['a rank too high', [1, 0, 1, 54]],
    ['too few registers', [2, 1, 2]],
  ] as const) {
    test(`is not decoded from ${name}`, () => {
      assert.throws(() => HyperLogLog.decode(Uint8Array.from(bytes)), RangeError)
    })
  }
})

describe('An estimate', () => {
  test('of a few is almost always right', () => {
    for (const n of [0, 1, 2, 5, 10]) assert.equal(sketchOf(n, 'few').estimate(), n)
  })

  for (const n of [50, 500, 3_000, 8_000, 20_000, 200_000]) {
    test(`of ${n} errs by about ${UNIQUES_ERROR} and leans to neither side`, () => {
      const trials = n >= 20_000 ? 20 : 60
      const errors = Array.from({ length: trials }, (_, i) => sketchOf(n, `${n}/${i}`).estimate() / n - 1)
      const mean = errors.reduce((sum, error) => sum + error, 0) / trials
      const deviation = Math.sqrt(errors.reduce((sum, error) => sum + error ** 2, 0) / trials)
      assert.ok(deviation < 1.5 * UNIQUES_ERROR, `standard error ${deviation}`)
      assert.ok(Math.abs(mean) < (4 * UNIQUES_ERROR) / Math.sqrt(trials), `mean error ${mean}`)
    })
  }
})

test('an estimate is that of the paper for any registers, be they all empty, full or in between', () => {
  const rank = fc.oneof(fc.nat(5), fc.integer({ min: 48, max: RANK_MAX }))
  const kinds = fc.array(fc.record({ rank, weight: fc.nat(9) }, { noNullPrototype: true }), { minLength: 1 })
  fc.assert(
    fc.property(kinds, (kinds) => {
      const order = kinds.flatMap(({ rank, weight }) => Array<number>(weight).fill(rank))
      const ranks = Array.from({ length: REGISTERS }, (_, i) => order[i % order.length] ?? 0)
      const sketch = new HyperLogLog()
      for (const [register, rank] of ranks.entries()) sketch.raise(register, rank)
      const estimate = sketch.estimate()
      const expected = ertlsEstimate(ranks)
      if (Number.isFinite(expected)) assert.ok(Math.abs(estimate - expected) <= 0.5 + expected * 1e-12)
      else assert.equal(estimate, expected)
    }),
  )
})

const REGISTERS = 4_096
const RANK_MAX = 53
/** Far beyond where the terms of a series are lost in rounding. */
const TERMS = 60

/** Formula 19 of the paper as it stands there, with σ and τ as their series. */
function ertlsEstimate(ranks: readonly number[]): number {
  const count = (wanted: number) => ranks.filter((rank) => rank === wanted).length
  const terms = Array.from({ length: TERMS }, (_, i) => i + 1)
  const sumOf = (term: (k: number) => number) => terms.reduce((sum, k) => sum + term(k), 0)
  const empty = count(0) / REGISTERS
  if (empty === 1) return 0
  const open = 1 - count(RANK_MAX) / REGISTERS
  const sigma = empty + sumOf((k) => empty ** (2 ** k) * 2 ** (k - 1))
  const tau = (1 - open - sumOf((k) => (1 - open ** (2 ** -k)) ** 2 * 2 ** -k)) / 3
  const middle = sumOf((k) => (k < RANK_MAX ? count(k) * 2 ** -k : 0))
  const harmonic = REGISTERS * sigma + middle + REGISTERS * tau * 2 ** -(RANK_MAX - 1)
  return REGISTERS ** 2 / (2 * Math.LN2) / harmonic
}

function sketchOf(n: number, name: string): HyperLogLog {
  const sketch = new HyperLogLog()
  for (let i = 0; i < n; i++) sketch.add(`${name}-${i}`)
  return sketch
}
