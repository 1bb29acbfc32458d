import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import type { Results } from '../../tools/capacity/results.ts'
import { DOCS, documents } from './documents.ts'
import { figuresChart } from './figures-chart.ts'
import { pageOf } from './page.ts'

const RESULTS: Results = {
  benchmark: 'step',
  source: 'npm run bench -- step',
  at: '2026-11-30T20:00:00.000Z',
  commit: `${'a'.repeat(40)}+`,
  machine: { model: 'any', cores: 2, memoryMib: 24_105, node: '26.10.0', load: { before: 3.1, after: 4 } },
  tables: [{ title: 'step: one core', rows: [{ form: 'a|b', 'events/s': 1_234_567 }] }],
  figures: [
    { name: 'step.rate', unit: 'events/s', low: 1_000, high: 2_000 },
    { name: 'shared', unit: 'µs <a row>', at: 9, low: 50, high: 50 },
    { name: 'day', unit: 'µs <a row>', low: 100, high: 200 },
  ],
}

describe('the page of the benchmarks', () => {
  for (const [name, text] of documents()) {
    test(`docs/${name} is what npm run bench:report writes now`, () => {
      assert.equal(readFileSync(new URL(name, DOCS), 'utf8'), text)
    })
  }

  test('says of each benchmark when, where, on which state of the code and under which load', () => {
    const page = pageOf([RESULTS], false)
    assert.match(
      page,
      /\| 2026-11-30 \| aaaaaaaaa, changed \| 2 cores \(any\), 24 GiB \| 26\.10\.0 \| 3\.1 to 4 \|/,
    )
    assert.match(page, /^\| a\\\|b\s+\| 1,234,567 \|$/m)
    assert.match(page, /^\| `shared` at 9\s+\| µs <a row> \| 50\s+\| 50\s+\|$/m)
  })

  test('draws what shares a unit on one scale', () => {
    const svg = figuresChart([RESULTS])
    const bars = Array.from(svg.matchAll(/<rect x="([\d.]+)" y="\d+" width="([\d.]+)"/g), ([, x, width]) => [
      Number(x),
      Number(width),
    ])
    assert.equal(bars.length, 2) // events/s stand alone
    const [[shared], [day, width]] = bars as [[number], [number, number]]
    assert.ok(shared < day && day + width > day)
    assert.match(svg, /µs &lt;a row>/)
  })
})
