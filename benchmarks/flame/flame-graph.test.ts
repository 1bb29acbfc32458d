import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type CpuProfile, flameGraph } from './flame-graph.ts'

const node = (id: number, functionName: string, url: string, children: number[] = []) => {
  return { id, callFrame: { functionName, url }, children }
}

/** 100 µs of which `step` has 60, 20 of them in a library that it calls twice, and the collector 40. */
const PROFILE: CpuProfile = {
  nodes: [
    node(1, '(root)', '', [2, 3, 4, 7]),
    node(2, '(idle)', ''),
    node(3, '(garbage collector)', ''),
    node(4, 'step', 'file:///home/someone/tally/services/processing/core/step.ts', [5, 6]),
    node(5, 'encode<T>', 'file:///home/someone/tally/node_modules/driver/lib/encode.js'),
    node(6, 'encode<T>', 'file:///home/someone/tally/node_modules/driver/lib/encode.js'),
    node(7, '(program)', ''),
  ],
  samples: [2, 3, 4, 5, 6, 7],
  timeDeltas: [1_000, 40, 40, 15, 5, 500],
}

test('each function is as wide as its share of what did not wait, and calls are put together', () => {
  const svg = flameGraph(PROFILE, 'counting')
  const widths = Array.from(
    svg.matchAll(/<title>(.+?)<\/title><rect x="([\d.]+)" y="(\d+)" width="([\d.]+)"/g),
    (found) => found.slice(1),
  )
  assert.deepEqual(widths, [
    ['all, 100.0 %', '0.0', '52', '1199.5'],
    ['step, services/processing/core/step.ts, 60.0 %', '0.0', '69', '719.5'],
    ['encode&lt;T&gt;, node_modules/driver/lib/encode.js, 20.0 %', '0.0', '86', '239.5'],
    ['(garbage collector), 40.0 %', '720.0', '69', '479.5'],
  ])
})

test('no path of the machine is drawn', () => {
  assert.doesNotMatch(flameGraph(PROFILE, 'counting'), /home|someone|file:/)
})

test('an empty profile is an empty graph', () => {
  assert.match(flameGraph({ nodes: [] }, 'nothing'), /nothing: 0\.0 s/)
})
