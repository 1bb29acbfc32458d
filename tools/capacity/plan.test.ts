import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { Random } from '../../simulator/random.ts'
import { parseOptions } from './capacity-options.ts'
import { distinctByUniform, distinctByZipf } from './distinct-videos.ts'
import { type Load, planFor } from './plan.ts'
import { linesOf } from './report.ts'

const load = (...args: readonly string[]): Load => parseOptions(['--events-per-second', '1000', ...args])
const DAY_S = 86_400

describe('the number of different videos', () => {
  test('is that of a drawn sample, by either law', () => {
    const [videos, events] = [1_000, 2_000]
    const random = new Random(7)
    const shares = Array.from({ length: videos }, (_, i) => 1 / (i + 1))
    const ends = shares.map((_, i) => shares.slice(0, i + 1).reduce((sum, share) => sum + share, 0))
    const drawn = (by: () => number) => new Set(Array.from({ length: events }, by)).size
    const byZipf = drawn(() => {
      const at = random.next() * ends.at(-1)!
      return ends.findIndex((end) => at < end)
    })
    const uniform = drawn(() => random.int(1, videos))
    for (const [found, expected] of [
      [byZipf, distinctByZipf(events, videos)],
      [uniform, distinctByUniform(events, videos)],
    ] as const) {
      assert.ok(Math.abs(found - expected) < 0.06 * expected, `${found} of expected ${expected}`)
    }
  })

  test('is never more than the events or the videos, and most where all are alike', () => {
    const some = fc.integer({ min: 1, max: 1e8 })
    fc.assert(
      fc.property(some, some, (events, videos) => {
        const [zipf, uniform] = [distinctByZipf(events, videos), distinctByUniform(events, videos)]
        assert.ok(zipf > 0 && zipf <= uniform * 1.01 && uniform <= Math.min(events, videos) * 1.0001)
      }),
    )
  })
})

describe('a plan', () => {
  test('takes disks by the average and processors by the peak', () => {
    const plan = planFor(load('--peak-per-second', '5000', '--events-per-request', '10'))
    assert.equal(plan.requestsPerSecond, 500)
    assert.deepEqual(plan.idBytes, { low: 5_000 * 720 * 24, high: 5_000 * 720 * 31 })
    assert.equal(plan.archiveBytes.low, 1_000 * DAY_S * 8 * 36)
    assert.deepEqual(plan.embedded.logBytes, { low: 1_000 * DAY_S * 7 * 46, high: 1_000 * DAY_S * 7 * 64 })
    assert.equal(plan.cluster.logBytes.high, 1_000 * DAY_S * 7 * 133 * 3)
  })

  test('gives the measured CPU for the sizes of requests that were measured', () => {
    for (const [events, low, high] of [
      [1, 245, 359],
      [100, 8.6, 24.9],
    ]) {
      const given = load('--peak-per-second', '1000000', '--events-per-request', String(events))
      const { cores } = planFor(given).embedded
      assert.ok(Math.abs(cores.low - low!) < 1e-6 && Math.abs(cores.high - high!) < 1e-6, String(events))
    }
  })

  test('never asks for less where there is more to do', () => {
    const rate = fc.integer({ min: 1, max: 1_000_000 })
    const videos = fc.integer({ min: 1, max: 1e8 })
    const numbersOf = (value: unknown): number[] =>
      typeof value === 'number'
        ? [value]
        : value instanceof Object
          ? Object.values(value).flatMap(numbersOf)
          : []
    fc.assert(
      fc.property(rate, rate, videos, (one, other, some) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)].map((events) => {
          const { embedded, ...rest } = planFor(
            parseOptions(['--events-per-second', String(events), '--videos', String(some)]),
          )
          return numbersOf({ ...rest, ...embedded, fits: null })
        })
        for (const [i, number] of less!.entries()) assert.ok(number <= more![i]!, `number ${i}`)
      }),
      { numRuns: 50 },
    )
  })

  test('keeps one process for what it takes with a reserve, and survives the loss of one of several', () => {
    assert.equal(planFor(load('--peak-per-second', '100000')).embedded.fits, true)
    assert.equal(planFor(load('--peak-per-second', '200000')).embedded.fits, false)
    assert.equal(
      planFor(load('--peak-per-second', '100000', '--events-per-request', '1')).embedded.fits,
      false,
    )
    const { cluster } = planFor(load())
    assert.ok(cluster.partitioners.low >= 2 && cluster.processors.low >= 2)
    assert.ok(cluster.cassandraNodes.low >= 3)
    assert.ok(cluster.partitions >= 4 * cluster.processors.high)
  })

  test('is told in lines that name its limits', () => {
    const small = load()
    const text = linesOf(small, planFor(small)).join('\n')
    assert.match(text, /^1,000 events\/s on average, 3,000 at the peak, 1,000,000 videos$/m)
    assert.match(text, /log, 7 days +28 GB to 39 GB/)
    assert.match(text, /not measured there/)
    assert.doesNotMatch(text, /RAW_MIB_PER_PARTITION_MAX|NaN|undefined/)
    const large = load('--raw-days', '60')
    assert.match(linesOf(large, planFor(large)).join('\n'), /RAW_MIB_PER_PARTITION_MAX +\d{6}/)
  })
})

test('names every fault of the command line', () => {
  assert.throws(() => parseOptions(['--videos', '0', '--copies', 'x']), {
    name: 'UsageFault',
    message: [
      '--videos must be a whole number from 1 to 10000000000',
      '--copies must be a whole number from 1 to 9',
      '--events-per-second is needed',
    ].join('\n'),
  })
  assert.throws(() => load('--peak-per-second', '10'), /--peak-per-second must not be lower/)
})
