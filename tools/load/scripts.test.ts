// Every script against the product, through a proxy that handles one event wrongly: the exactness check must
// say so, and say nothing else.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type Lie, lyingProxy } from './lying-proxy.ts'
import { SCRIPTS } from './options.ts'
import { type Outcome, runLoad } from './run-load.ts'
import { embeddedTarget } from './targets/embedded.ts'
import { givenTarget } from './targets/given.ts'
import type { Target } from './targets/target.ts'

const LIES = ['drop', 'double', 'misdate'] as const
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
  server = await embeddedTarget(() => {})
  directory = await mkdtemp(join(tmpdir(), 'tally-load-test-'))
})
after(async () => {
  await server.stop(false)
  await rm(directory, { recursive: true })
})

async function runThrough(lie: Lie, name: string, at: number, env: Record<string, string>): Promise<Outcome> {
  const proxy = await lyingProxy(server.url, lie, at)
  try {
    const target = { ...givenTarget(proxy.url, []), watched: [] }
    const script = fileURLToPath(new URL(`../../load-tests/${name}.ts`, import.meta.url))
    const out = join(directory, `${name}-${lie}`)
    const of = { script, name, target: 'embedded', url: proxy.url, metricsUrls: [], apiKey: null } as const
    const options = { ...of, env, workers: 1, faultEveryMs: null, out }
    const outcome = await runLoad(target, options, new AbortController().signal, { print: () => {} })
    assert.equal(proxy.lies(), lie === 'none' ? 0 : 1)
    return outcome
  } finally {
    proxy.close()
  }
}

/** The same event is missed by its key and by its minute, in the counts and in the sums. */
function checkFound(lie: Lie, { isExact, isGood, verdict: { text, differences } }: Outcome): void {
  assert.ok(!isExact && !isGood)
  assert.match(text, /^NOT EXACT: \d differences of [\d,]+ events acknowledged, such as /)
  const keys = differences.filter((line) => !line.startsWith('minute '))
  assert.equal(keys.length, lie === 'misdate' ? 0 : 2, differences.join('\n'))
  assert.equal(differences.length, 4, differences.join('\n'))
  const [, acknowledged, counted] = /: ([\d,]+) acknowledged, ([\d,]+) counted/.exec(differences[0]!)!
  const more = Number(counted!.replaceAll(',', '')) - Number(acknowledged!.replaceAll(',', ''))
  assert.equal(Math.abs(more), 1)
  if (lie !== 'misdate') assert.equal(more, lie === 'double' ? 1 : -1)
}

test('the exactness check', { concurrency: 12 }, async (t) => {
  const runs = SCRIPTS.flatMap((name) =>
    LIES.map((lie) =>
      t.test(`${name} finds one ${lie}`, async () => {
        checkFound(lie, await runThrough(lie, name, 100, SMALL))
      }),
    ),
  )
  const honest = t.test('an honest system is exact', async () => {
    const { isExact, verdict, summary } = await runThrough('none', 'smoke', 0, SMALL)
    assert.match(verdict.text, /^exact: [\d,]+ events acknowledged, all counts equal$/)
    assert.ok(isExact && summary.metrics.events_acknowledged!.values.count! > 150)
  })
  const large = t.test('one event in 100,000 is found', async () => {
    const many = { ...SMALL, RATE: '50000', BATCH: '500', DURATION: '2s' }
    checkFound('drop', await runThrough('drop', 'load', 50_000, many))
  })
  await Promise.all([honest, large, ...runs])
})
