import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { parseResults, type Results, readResults } from './results.ts'
import { onCurve, unitCosts } from './unit-costs.ts'

const DIRECTORY = fileURLToPath(new URL('../../benchmarks/results', import.meta.url))
const ALL = readResults(DIRECTORY)
const [FIRST] = ALL as [Results]

describe('a file of results', () => {
  const check = (change: object, fault: RegExp) => {
    assert.throws(() => parseResults(JSON.stringify({ ...FIRST, ...change }), 'some.json'), fault)
  }

  test('is named with the field and the rule where it is no such file', () => {
    assert.deepEqual(parseResults(JSON.stringify(FIRST), 'some.json'), FIRST)
    assert.throws(() => parseResults('[]', 'some.json'), /^Fault: some\.json: the file must be a JSON object/)
    check({ source: '' }, /some\.json: source must be text/)
    check({ commit: 3 }, /commit must be text, or null/)
    check({ machine: { ...FIRST.machine, cores: 0 } }, /machine must be an object with model, cores/)
    check({ machine: { ...FIRST.machine, load: 3 } }, /machine must be/)
    check({ tables: null }, /tables must be a list/)
    check({ figures: [{ name: 'x', unit: 's', low: 2, high: 1 }] }, /figures\[0\] must be .* low up to high/)
    check({ figures: [{ name: 'x', unit: 's', low: 0, high: 1 }] }, /figures\[0\]/)
  })

  test('says what it was measured with, or where it was taken from', () => {
    for (const { benchmark, source, machine } of ALL) {
      assert.ok(source.length > 10, benchmark)
      assert.ok(machine.load !== null || !source.startsWith('npm run'), benchmark)
      assert.doesNotMatch(source, /--quick/, benchmark)
    }
  })
})

describe('unit costs', () => {
  const without = (name: string) =>
    ALL.map((one) => ({ ...one, figures: one.figures.filter((figure) => figure.name !== name) }))

  test('name every figure that is missing, with its unit and its benchmark', () => {
    assert.throws(() => unitCosts(without('id.bytes')), {
      message: 'there is no figure id.bytes (bytes an id), which the results of the benchmark dedup have',
    })
    const lines = (error: Error) => error.message.split('\n').length > 20
    assert.throws(() => unitCosts([]), lines)
  })

  test('refuse a figure in another unit, or in two files', () => {
    const other = (change: object) => ({
      ...FIRST,
      benchmark: 'other',
      figures: [{ name: 'id.bytes', unit: 'bytes an id', low: 1, high: 2, ...change }],
    })
    assert.throws(() => unitCosts([...ALL, other({})]), /id\.bytes stands in the results of dedup and other/)
    assert.throws(
      () => unitCosts([...without('id.bytes'), other({ unit: 'KiB' })]),
      /id\.bytes of other is in KiB, and must be in bytes an id/,
    )
  })

  test('name each file once', () => {
    const { sources } = unitCosts(ALL)
    assert.equal(new Set(sources).size, sources.length)
    assert.ok(sources.some((line) => line.startsWith('tail-forms: ')))
  })
})

test('between two points a cost is one a row and one a statement', () => {
  const cost = (at: number) => ({ at, low: 20 + 300 / at, high: 40 + 600 / at })
  const curve = [cost(2), cost(10), cost(50)]
  for (const at of [1, 2, 3, 10, 20, 50]) {
    const { low, high } = onCurve(curve, at)
    assert.ok(Math.abs(low - cost(at).low) < 1e-9 && Math.abs(high - cost(at).high) < 1e-9, String(at))
  }
  assert.equal(onCurve(curve, 1_000).low, cost(50).low)
})
