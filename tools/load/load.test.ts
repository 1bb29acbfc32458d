import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { RUN_GAUGE, runNumber, VIDEOS_GAUGE } from '../../load-tests/lib/names.ts'
import type { Metric, SummaryData } from '../../load-tests/lib/summary.ts'
import type { Client } from '../../sdk/src/index.ts'
import { docBlock } from '../../testing/doc-samples.ts'
import { expectedOf } from './exact/expected.ts'
import { verify } from './exact/verify.ts'
import { faultAt, injectFaults } from './inject-faults.ts'
import { environmentOf } from './targets/embedded.ts'
import type { Fault } from './targets/target.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const NEVER = new AbortController().signal

test('a load test starts the product with the variables of npm start, which the image sets too', async () => {
  const variables = environmentOf(await readFile(join(ROOT, 'package.json'), 'utf8'))
  assert.ok('MALLOC_MMAP_THRESHOLD_' in variables)
  const image = await readFile(join(ROOT, 'Dockerfile'), 'utf8')
  for (const [name, value] of Object.entries(variables)) assert.ok(image.includes(`${name}=${value}`), name)
})

test('the scripts hold against the types of k6, which know no Node', async () => {
  const tsc = ['node_modules/typescript/bin/tsc', '-p', 'load-tests']
  await promisify(execFile)(process.execPath, tsc, { cwd: ROOT })
})

function summary(counts: Readonly<Record<string, number>>): SummaryData {
  const gauge = (value: number): Metric => ({ type: 'gauge', contains: 'default', values: { value } })
  const counter = (count: number): Metric => ({ type: 'counter', contains: 'default', values: { count } })
  const counters = Object.entries(counts).map(([name, count]) => [name, counter(count)])
  return {
    state: { testRunDurationMs: 1_000 },
    metrics: {
      [RUN_GAUGE]: gauge(runNumber(Date.parse('2026-11-29T12:00:00Z'), 0)),
      [VIDEOS_GAUGE]: gauge(1),
      ...Object.fromEntries(counters),
    },
  }
}

const ONE_VIEW = {
  ...{
    events_offered: 1,
    events_acknowledged: 1,
    acknowledged_v0_view: 1,
    acknowledged_v0_view_thousandths: 1_500,
  },
  ...{ acknowledged_minute_1: 1, acknowledged_minute_1_thousandths: 1_500 },
}

/** Gives the scripted answers, and says that they are complete. */
function answering(count: number, sum: number): Client {
  const none = { values: { count: 0, sum: 0 } }
  return {
    query: async () => ({
      rows: [
        {
          videoId: `${expectedOf(summary({})).run.name}-v0`,
          eventType: 'view',
          values: { count, sum },
          series: [none, { values: { count, sum } }, none],
        },
      ],
      meta: { asOf: '2999-01-01T00:00:00Z' },
    }),
  } as unknown as Client
}

test('equal counts and sums are exact; anything else is not, and says what', async () => {
  const exact = await verify(answering(1, 1.5), summary(ONE_VIEW), NEVER)
  assert.deepEqual(exact, {
    isExact: true,
    text: 'exact: 1 events acknowledged, all counts equal',
    differences: [],
  })
  const altered = await verify(answering(1, 1.501), summary(ONE_VIEW), NEVER)
  assert.deepEqual(
    altered.differences.map((line) => line.replace(/^load-\w+-/, '')),
    [
      'v0 view: values of 1.500 acknowledged, 1.501 summed',
      'minute 2026-11-29T12:00Z: values of 1.500 acknowledged, 1.501 summed',
    ],
  )
})

test('load-tests/README.md shows what is said of a run, but for names and numbers', async () => {
  const masked = (text: string) => text.replaceAll(/load-[^-]+-v\d+/g, 'VIDEO').replaceAll(/\d[\d,]*/g, 'N')
  const verdicts = [answering(1, 1.5), answering(0, 1.5)].map((client) =>
    verify(client, summary(ONE_VIEW), NEVER),
  )
  const said = (await Promise.all(verdicts)).map(({ text }) => masked(text))
  assert.deepEqual(masked(docBlock('load-tests/README.md', '')).split('\n'), said)
})

test('a run is not exact where outcomes are open or nothing was acknowledged', async () => {
  const open = await verify(answering(1, 1.5), summary({ ...ONE_VIEW, events_offered: 101 }), NEVER)
  assert.deepEqual(
    [open.isExact, open.text],
    [false, 'NOT EXACT: of 100 events nobody knows whether they were taken'],
  )
  const nothing = await verify(answering(0, 0), summary({}), NEVER)
  assert.equal(nothing.text, 'NOT EXACT: no event was acknowledged')
})

test('a summary of something else is refused', () => {
  assert.throws(() => expectedOf({ state: { testRunDurationMs: 1 }, metrics: {} }), /names no run/)
})

test('processes are ended early and late in a run, so that one life is long', () => {
  const turns = Array.from({ length: 11 }, (_, turn) => faultAt(turn, 11, 3))
  assert.deepEqual(turns, [0, 0, 1, 2, 1, 2, 1, 2, 1, 2, 0])
  assert.deepEqual([faultAt(0, 1, 2), faultAt(0, 2, 2), faultAt(1, 2, 2)], [0, 0, 0])
})

test('faults come at even intervals but the last, one after another', async () => {
  const atMs: number[] = []
  const startedMs = Date.now()
  const fault: Fault = { name: 'a fault', inject: async () => void atMs.push(Date.now() - startedMs) }
  const lines: string[] = []
  const print = (line: string) => void lines.push(line)
  const injected = await injectFaults([fault], 50, 200, startedMs, NEVER, print)
  assert.equal(injected.length, 3)
  assert.ok(atMs.every((at, turn) => at >= 50 * (turn + 1)))
  assert.match(lines[0]!, /^a fault: over after 0\.\d s$/)
  assert.deepEqual(await injectFaults([fault], null, 200, startedMs, NEVER, print), [])
})
