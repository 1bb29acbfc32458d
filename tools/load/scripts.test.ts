// Every script against the product, through a proxy that handles some events wrongly: the exactness check must report
// exactly these.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Lie, lyingProxy, type Victim } from '../../testing/lying-proxy.ts'
import { SCRIPTS } from './load-options.ts'
import { type Outcome, runLoad } from './run-load.ts'
import { embeddedTarget } from './targets/embedded.ts'
import { givenTarget } from './targets/given.ts'
import type { Target } from './targets/target.ts'

const LOAD = fileURLToPath(new URL('main.ts', import.meta.url))
const LIES = ['drop', 'double', 'misdate'] as const
const COUNTS_DIFFER = /^(.+): ([\d,]+) acknowledged, ([\d,]+) counted$/
const SMALL = {
  RATE: '200',
  BATCH: '10',
  DURATION: '1s',
  VIDEOS: '12',
  MULTIPLES: '1',
  RATE_MAX: '300',
  SPIKE: '2',
}

let server: Target
let directory: string
before(async () => {
  server = await embeddedTarget(() => {}, new AbortController().signal)
  directory = await mkdtemp(join(tmpdir(), 'tally-load-test-'))
})
after(async () => {
  await server.stop(false)
  await rm(directory, { recursive: true })
})

type Tried = { readonly outcome: Outcome; readonly victims: readonly Victim[] }

async function runThrough(
  lies: readonly Lie[],
  name: string,
  at: number,
  env: Record<string, string> = SMALL,
): Promise<Tried> {
  const proxy = await lyingProxy(server.url, lies, at)
  try {
    const target = { ...givenTarget(proxy.url, []), watched: [] }
    const script = fileURLToPath(new URL(`../../load-tests/${name}.ts`, import.meta.url))
    const out = join(directory, `${name}-${lies.join('-')}`)
    const of = { script, name, target: 'embedded', url: proxy.url, metricsUrls: [], apiKey: null } as const
    const options = { ...of, env, workers: 1, faultEveryMs: null, out }
    const outcome = await runLoad(target, options, new AbortController().signal, { print: () => {} })
    assert.equal(proxy.victims.size, lies.length)
    return { outcome, victims: [...proxy.victims.values()] }
  } finally {
    proxy.close()
  }
}

/** By how much each key and each minute must differ. */
function expectedDifferences(victims: readonly Victim[]): Map<string, number> {
  const expected = new Map<string, number>()
  const add = (name: string, by: number) => expected.set(name, (expected.get(name) ?? 0) + by)
  for (const { lie, key, minute } of victims) {
    if (lie !== 'misdate') add(key, lie === 'double' ? 1 : -1)
    add(minuteName(minute), lie === 'double' ? 1 : -1)
    if (lie === 'misdate') add(minuteName(minute - 1), 1)
  }
  return new Map([...expected].filter(([, by]) => by !== 0))
}

function minuteName(minute: number): string {
  return `minute ${new Date(minute * 60_000).toISOString().slice(0, 16)}Z`
}

/** Every wrong event is found by its key and by its minute, and nothing else is. */
function checkFound({ outcome: { isExact, isGood, verdict }, victims }: Tried): void {
  assert.ok(!isExact && !isGood)
  assert.match(verdict.text, /^NOT EXACT: \d+ differences of [\d,]+ events acknowledged, such as /)
  const found = new Map<string, number>()
  for (const line of verdict.differences) {
    const [, name, acknowledged, counted] = COUNTS_DIFFER.exec(line) ?? []
    if (name !== undefined) found.set(name, numberOf(counted!) - numberOf(acknowledged!))
  }
  assert.deepEqual(found, expectedDifferences(victims), verdict.differences.join('\n'))
}

function numberOf(text: string): number {
  return Number(text.replaceAll(',', ''))
}

test('the exactness check', { concurrency: 6 }, async (t) => {
  const all = SCRIPTS.map((name) =>
    t.test(`${name} finds an event dropped, one doubled and one misdated`, async () => {
      checkFound(await runThrough(LIES, name, 50))
    }),
  )
  const single = LIES.map((lie) =>
    t.test(`one ${lie} alone is found`, async () => {
      checkFound(await runThrough([lie], 'smoke', 100))
    }),
  )
  const honest = t.test('an honest system is exact', async () => {
    const { isExact, verdict, summary } = (await runThrough([], 'smoke', 0)).outcome
    assert.match(verdict.text, /^exact: [\d,]+ events acknowledged, all counts equal$/)
    assert.ok(isExact && summary.metrics.events_acknowledged!.values.count! > 150)
  })
  const later = t.test('a run is checked again by its summary', async () => {
    await honest
    const summary = join(directory, 'smoke-.json')
    const verify = [LOAD, 'verify', summary, '--url', server.url]
    const { stdout } = await promisify(execFile)(process.execPath, verify)
    assert.match(stdout, /^exact: [\d,]+ events acknowledged, all counts equal$/m)
  })
  const large = t.test('one event in 100,000 is found', async () => {
    const many = { ...SMALL, RATE: '50000', BATCH: '500', DURATION: '2s' }
    checkFound(await runThrough(['drop'], 'load', 50_000, many))
  })
  await Promise.all([...all, ...single, honest, later, large])
})
