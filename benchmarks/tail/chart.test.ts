import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CaseResult } from './case-process.ts'
import { chart, type TailRun } from './chart.ts'

function caseOf(videos: number, spread: CaseResult['spread'], requests: number): CaseResult {
  return {
    ...{ events: 1_000, videos, spread, seed: 1, rate: 0, buckets: 9, seconds: 2, retries: 0 },
    ...{ cpuSeconds: 1, storeCpuSeconds: 3, requests, reads: 0, rows: { counts: 100 } },
    freshMs: { p50: 1, p99: 2, max: 3 },
  }
}

function runOf(label: string, requests: number): TailRun {
  const cases = [1e4, 1e6].flatMap((videos) =>
    (['zipf', 'uniform'] as const).map((spread) => caseOf(videos, spread, requests)),
  )
  return { label, cases }
}

test('each run has a line for each spread in each of three panels, within the picture', () => {
  const svg = chart([runOf('before', 100), runOf('after <now>', 10)])
  const lines = Array.from(svg.matchAll(/<polyline points="([^"]+)"/g), ([, points]) => points!)
  assert.equal(lines.length, 3 * 2 * 2)
  const [, width, height] = /viewBox="0 0 (\d+) (\d+)"/.exec(svg)!
  for (const point of lines.flatMap((line) => line.split(' '))) {
    const [x, y] = point.split(',').map(Number)
    assert.ok(x! > 0 && x! < Number(width) && y! > 0 && y! < Number(height), point)
  }
  assert.match(svg, /after &lt;now>/)
})

test('fewer statements are drawn lower', () => {
  const [before, after] = [100, 10].map((requests) => {
    const [, points] = /<polyline points="([^"]+)"/.exec(
      chart([runOf('one', 100), runOf('other', requests)]),
    )!
    return points
  })
  assert.equal(before, after) // the first run stays where it is, on the same scale
  const lines = Array.from(chart([runOf('a', 100), runOf('b', 10)]).matchAll(/points="([^"]+)"/g))
  const y = (line: number) => Number(lines[line]![1]!.split(' ')[0]!.split(',')[1])
  assert.ok(y(2) > y(0))
})
