import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { Random } from '../../simulator/random.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { parseOptions } from './capacity-options.ts'
import { distinct, distinctByUniform, distinctByZipf } from './distinct.ts'
import type { Load } from './load.ts'
import { type Plan, planFor } from './plan.ts'
import { linesOf } from './report.ts'
import { readResults } from './results.ts'
import { unitCosts } from './unit-costs.ts'

const MAIN = fileURLToPath(new URL('./main.ts', import.meta.url))
const COSTS = unitCosts(readResults(fileURLToPath(new URL('../../benchmarks/results', import.meta.url))))
const DAY_S = 86_400
/** As the benchmarks mix them: views, likes, shares, dislikes. */
const TYPES = [0.9, 0.06, 0.03, 0.01]

const loadOf = (...args: readonly string[]): Load => parseOptions(['--rate', '1000', ...args]).load
const plan = (...args: readonly string[]): Plan => planFor(loadOf(...args), COSTS)
const cassandraNodes = (some: Plan, form: string) => some.forms.find((one) => one.form === form)!.nodes

function near(found: number, expected: number, share: number): void {
  assert.ok(Math.abs(found - expected) <= share * expected, `${found} instead of ${expected}`)
}

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
    near(byZipf, distinctByZipf(events, videos), 0.06)
    near(
      drawn(() => random.int(1, videos)),
      distinctByUniform(events, videos),
      0.06,
    )
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

  test('gives the buckets of the benchmark beside other counters: five minutes of 1,140,000 events each', () => {
    near(5 * distinct({ videos: 10_000, types: TYPES, spread: 'zipf' }, 1_140_000), 132_064, 0.03)
  })
})

describe('what was computed by hand for a million events a second', () => {
  const million = (...args: readonly string[]) => plan('--rate', '1000000', ...args)

  test('0.026 rows an event over 10,000 videos, of the types of the benchmark', () => {
    near(million('--videos', '1e4', '--types', TYPES.join()).rowsPerEvent, 0.026, 0.1)
  })

  test('0.2 over a million videos, 0.42 over a hundred million', () => {
    near(million('--videos', '1e6').rowsPerEvent, 0.2, 0.1)
    near(million('--videos', '1e8').rowsPerEvent, 0.42, 0.1)
  })

  test('110 nodes of Cassandra for counts alone, where each row is a request', () => {
    const { low, high } = million('--videos', '1e8', '--form', 'single').nodes
    near(low, 110, 0.1)
    near(high, 110, 0.1)
  })

  test('fewer in batches, and fewest where many videos share a partition', () => {
    const some = million('--videos', '1e8')
    const [single, day, shared] = ['single', 'day', 'shared'].map((form) => cassandraNodes(some, form))
    assert.ok(shared!.high < day!.high && day!.high < single!.high)
    assert.deepEqual(some.nodes, shared)
    const { shards, rowsAStatement } = some.forms.find(({ form }) => form === 'shared')!
    assert.ok(Number.isInteger(Math.log2(shards!)) && rowsAStatement >= 1 && rowsAStatement <= 100)
  })

  test('is mostly Cassandra where each row is a request', () => {
    assert.equal(million('--videos', '1e8', '--form', 'single').parts[0]!.name, 'Cassandra')
  })
})

describe('a plan', () => {
  test('takes disks by the average, and processors by the rate', () => {
    const some = plan('--rate', '5000', '--average-rate', '1000', '--events-per-request', '10')
    const record = COSTS.of('event.record.bytes')
    assert.equal(some.requestsPerSecond, 500)
    assert.equal(some.idBytes.low, 5_000 * 720 * COSTS.of('id.bytes').low)
    assert.equal(some.storageADay.archive.low, 1_000 * DAY_S * COSTS.of('archive.bytes').low)
    assert.equal(some.storageADay.log.high, 1_000 * DAY_S * record.high * 3)
    near(some.held.log.high, 7 * some.storageADay.log.high, 1e-9)
    assert.equal(some.network.log.low, 5_000 * record.low * 5)
  })

  test('gives the measured CPU for the sizes of requests that were measured', () => {
    for (const events of [1, 100] as const) {
      const { cores } = plan('--rate', '1000000', '--events-per-request', String(events)).embedded
      const measured = COSTS.of(`one-process.${events}`)
      near(cores.low, measured.low, 1e-9)
      near(cores.high, measured.high, 1e-9)
    }
  })

  test('never asks for less where there is more to do', () => {
    const rate = fc.integer({ min: 1, max: 1_000_000 })
    const videos = fc.integer({ min: 1, max: 1e8 })
    const needed = (events: number, some: number) => {
      const { brokers, nodes, partitioners, processors, reconcilers, held, idBytes, network } = plan(
        ...['--rate', String(events), '--videos', String(some)],
      )
      return [
        brokers,
        nodes,
        partitioners,
        processors,
        reconcilers,
        held.log,
        held.counts,
        idBytes,
        network.counts,
      ]
    }
    fc.assert(
      fc.property(rate, rate, videos, (one, other, some) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)].map((events) =>
          needed(events, some),
        )
        for (const [i, { low, high }] of less!.entries()) {
          assert.ok(low <= more![i]!.low * 1.000001 && high <= more![i]!.high * 1.000001, `number ${i}`)
        }
      }),
      { numRuns: 50 },
    )
  })

  test('needs fewer nodes where a longer flush makes fewer rows', () => {
    const load = ['--rate', '1000000', '--videos', '1e8', '--form', 'day']
    const [second, minute] = [plan(...load), plan(...load, '--flush-ms', '60000')]
    assert.ok(minute.rowWritesPerSecond < second.rowWritesPerSecond / 2)
    assert.ok(minute.nodes.high < second.nodes.high)
  })

  test('keeps one process for what it takes with a reserve, and survives the loss of one of several', () => {
    assert.equal(plan('--rate', '20000').embedded.fits, true)
    assert.equal(plan('--rate', '300000').embedded.fits, false)
    assert.equal(plan('--rate', '100000', '--events-per-request', '1').embedded.fits, false)
    const { partitioners, processors, nodes, brokers, partitions } = plan()
    assert.ok(partitioners.low >= 2 && processors.low >= 2 && nodes.low >= 3 && brokers.low >= 3)
    assert.ok(partitions >= 4 * processors.high)
  })

  test('is told in lines that name its limits and where its figures are from', () => {
    const small = loadOf()
    const text = linesOf(small, planFor(small, COSTS), COSTS).join('\n')
    assert.match(text, /^1,000 events\/s, 1,000,000 videos, by Zipf's law$/m)
    assert.match(text, /most of the cores/)
    assert.match(text, /^ {2}cluster: npm run bench -- cluster/m)
    assert.doesNotMatch(text, /RAW_MIB_PER_PARTITION_MAX|NaN|undefined|Infinity/)
    const large = loadOf('--retention', '60d')
    assert.match(linesOf(large, planFor(large, COSTS), COSTS).join('\n'), /RAW_MIB_PER_PARTITION_MAX +\d{6}/)
  })
})

describe('npm run capacity', () => {
  const run = (...args: readonly string[]) =>
    spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8' })

  test('prints the plan of the contract, and the same as JSON', () => {
    const asked = ['--rate', '1000000', '--videos', '1e8', '--retention', '7d']
    const { stdout, status } = run(...asked)
    assert.equal(status, 0)
    for (const name of [
      'partitions',
      'partitioners',
      'processors',
      'Kafka brokers',
      'Cassandra nodes',
      'Redis',
    ]) {
      assert.match(stdout, new RegExp(`^  ${name}`, 'm'))
    }
    for (const name of ['network', 'storage a day', 'most of the cores'])
      assert.match(stdout, new RegExp(name))
    const { plan, load } = JSON.parse(run(...asked, '--json').stdout)
    assert.equal(load.retentionDays, 7)
    assert.ok(plan.partitions > 16 && plan.nodes.high > 3)
  })

  test('says which figures are missing, and which benchmark has them', async () => {
    await using directory = await temporaryDirectory()
    const { stderr, status } = run('--rate', '10', '--results', directory.path)
    assert.equal(status, 1)
    assert.match(stderr, /has no results/)
  })

  test('names the flag and the rule where it is used wrongly', () => {
    const { stderr, status } = run('--rate', '0', '--retention', 'week')
    assert.equal(status, 2)
    assert.match(
      stderr,
      /^--rate must be a whole number from 1 to 1000000000\n--retention must be days or hours/,
    )
  })
})

test('names every fault of the command line', () => {
  assert.throws(() => parseOptions(['--videos', '0', '--copies', 'x', '--types', '0.5,0.6', '--seed', '3']), {
    name: 'UsageFault',
    message: [
      '--videos must be a whole number from 1 to 10000000000',
      '--types must be at most 1000 shares above 0, separated by commas, whose sum is 1',
      '--copies must be a whole number from 1 to 9',
      '--rate is needed: events a second',
      '--seed goes with --simulate',
    ].join('\n'),
  })
  assert.throws(() => loadOf('--average-rate', '1001'), /--average-rate must not be above --rate/)
  assert.throws(() => loadOf('--retention', '0d'), /--retention must be days or hours such as 7d or 168h/)
  assert.equal(loadOf('--retention', '36h').retentionDays, 1.5)
})
