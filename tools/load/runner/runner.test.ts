// Scripts that are written for these tests, run in workers as any other.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Fault } from '../../../lib/fault.ts'
import { type Ran, runScript } from './run-script.ts'
import { ScriptHost } from './script-host.ts'

let directory: string
let scripts = 0
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'tally-runner-test-'))
})
after(() => rm(directory, { recursive: true }))

const ONCE = `export const options = { scenarios: { one: { executor: 'per-vu-iterations' } } }`

async function load(source: string, env: Record<string, string> = {}, workers = 1): Promise<ScriptHost> {
  const script = join(directory, `script-${++scripts}.ts`)
  await writeFile(script, source)
  return ScriptHost.load({ script, env, workers })
}

async function run(
  source: string,
  env: Record<string, string> = {},
  workers = 1,
  ending = new AbortController().signal,
): Promise<Ran> {
  const host = await load(source, env, workers)
  try {
    return await runScript(host, ending, { onBegin: () => {}, onTick: () => {} })
  } finally {
    await host.end()
  }
}

async function checkRefused(source: string, words: RegExp): Promise<void> {
  await assert.rejects(load(source), (error: Error) => {
    assert.ok(error instanceof Fault, String(error))
    assert.match(error.message, words)
    return true
  })
}

test('arrival is open: a server that answers nobody before it has all is sent what was asked for', async () => {
  const waiting: ServerResponse[] = []
  const server = createServer((_, response) => {
    waiting.push(response)
    if (waiting.length === 100) for (const one of waiting) one.end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const { summary } = await run(
    `import http from 'k6/http'
    export const options = { scenarios: { steady: { executor: 'constant-arrival-rate', rate: 50, duration: '2s',
      preAllocatedVUs: 10, maxVUs: 200 } }, thresholds: { http_req_duration: ['max>=500'] } }
    export default async () => { await http.asyncRequest('GET', __ENV.URL) }`,
    { URL: `http://127.0.0.1:${port}` },
  )
  server.close()
  assert.equal(waiting.length, 100)
  assert.equal(summary.metrics.http_reqs!.values.count, 100)
  assert.equal(summary.metrics.dropped_iterations, undefined)
  assert.ok(summary.metrics.http_req_duration!.thresholds!['max>=500']!.ok, 'the first waited for the last')
})

test('what this runner lacks is refused by name, before anything is sent', async () => {
  await checkRefused(`import ws from 'k6/ws'\n${ONCE}`, /no module k6\/ws\./)
  await checkRefused(`import fs from 'node:fs'\n${ONCE}`, /node:fs cannot be imported/)
  await checkRefused(`import { randomSeed } from 'k6'\n${ONCE}\nrandomSeed(1)`, /no randomSeed in k6\./)
  await checkRefused(`import http from 'k6/http'\n${ONCE}\nhttp.file('a')`, /no k6\/http\.file/)
  await checkRefused(`const file = open('a.csv')\n${ONCE}`, /no open\./)
  await checkRefused(`export const options = { vus: 10 }`, /no options\.vus/)
  await checkRefused(
    `export const options = { scenarios: { a: { executor: 'ramping-vus' } } }`,
    /executor ramping-vus/,
  )
  const odd = `{ executor: 'constant-vus', vus: 1, duration: '1s', env: {} }`
  await checkRefused(`export const options = { scenarios: { a: ${odd} } }`, /no options\.scenarios\.a\.env/)
  const without = ONCE.replace('} } }', "} }, thresholds: { other: ['count>0'] } }")
  await checkRefused(without, /thresholds\.other: there is no such metric/)
})

test('requests that block are refused where they are made', async () => {
  const { failures } = await run(
    `import http from 'k6/http'\n${ONCE}\nexport default () => { http.get('http://a') }`,
  )
  assert.match(failures.join('\n'), /no http\.get\. Use await http\.asyncRequest/)
})

test('setup gives its data to iterations and teardown; checks, groups and metrics reach the summary', async () => {
  const { summary, failures } = await run(
    `import { check, group, sleep } from 'k6'
    import exec from 'k6/execution'
    import { Counter, Gauge, Rate, Trend } from 'k6/metrics'
    const seen = new Counter('seen'), last = new Gauge('last')
    const share = new Rate('share'), waits = new Trend('waits', true)
    export const options = { summaryTrendStats: ['max', 'count'], scenarios: {
      many: { executor: 'shared-iterations', vus: 3, iterations: 7, exec: 'work', tags: { kind: 'a' } } },
      thresholds: { 'seen{kind:a}': ['count==21'], 'seen{group:::part}': ['count==21'], checks: ['rate==1'] } }
    export const setup = () => ({ step: 3 })
    export async function work(data) {
      await sleep(0.01)
      group('part', () => seen.add(data.step))
      last.add(exec.scenario.iterationInTest)
      share.add(exec.vu.idInTest <= 3)
      waits.add(exec.scenario.iterationInTest)
      check(data, { 'data is there': ({ step }) => step === 3 })
    }
    export const teardown = (data) => last.add(100 + data.step)`,
    {},
    2,
  )
  assert.deepEqual(failures, [])
  const { metrics } = summary
  assert.equal(metrics.seen!.values.count, 21)
  assert.ok(
    Object.values(metrics).every(({ thresholds = {} }) => Object.values(thresholds).every(({ ok }) => ok)),
  )
  assert.equal(metrics.last!.values.value, 103)
  assert.equal(metrics.share!.values.rate, 1)
  assert.deepEqual(metrics.waits!.values, { max: 6, count: 7 })
  assert.equal(metrics.iterations!.values.count, 7)
  assert.match(JSON.stringify(summary.root_group), /"name":"data is there".*"passes":7,"fails":0/)
})

test('a threshold with abortOnFail ends the run, and so does the script', async () => {
  const forever = `{ executor: 'constant-vus', vus: 1, duration: '60s' }`
  const failing = await run(
    `import { sleep } from 'k6'
    import { Counter } from 'k6/metrics'
    const bad = new Counter('bad')
    export const options = { scenarios: { a: ${forever} }, thresholds: {
      bad: [{ threshold: 'count<2', abortOnFail: true }] } }
    export default async () => { bad.add(1); await sleep(0.05) }`,
  )
  assert.match(failing.aborted ?? '', /the threshold bad: count<2 is not kept/)
  const aborting = await run(
    `import exec from 'k6/execution'
    export const options = { scenarios: { a: ${forever} } }
    export default () => exec.test.abort('enough')`,
  )
  assert.equal(aborting.aborted, 'enough')
})

test('an iteration that outlasts its grace is cut off, and told', async () => {
  const { interrupted, summary } = await run(
    `import { sleep } from 'k6'
    export const options = { scenarios: { a: { executor: 'per-vu-iterations', vus: 2, maxDuration: '500ms',
      gracefulStop: '100ms' } } }
    export default async () => { await sleep(60) }`,
  )
  assert.equal(interrupted, 2)
  assert.ok(summary.state.testRunDurationMs < 60_000, 'no iteration slept as long as it wanted to')
})

test('a run that is told to end does so at once, and a setup that aborts says why', async () => {
  const endless = `import { sleep } from 'k6'
    export const options = { scenarios: { a: { executor: 'constant-vus', vus: 1, duration: '60s' } } }
    export default async () => { await sleep(60) }`
  const ending = new AbortController()
  setTimeout(() => ending.abort(new Fault('enough')), 500)
  await assert.rejects(run(endless, {}, 1, ending.signal), /^Fault: enough$/)
  const aborting = `import exec from 'k6/execution'\n${ONCE}\nexport const setup = () => exec.test.abort('not ready')`
  await assert.rejects(run(aborting), /^Fault: not ready$/)
})
