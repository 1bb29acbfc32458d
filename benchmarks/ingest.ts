// The whole path over HTTP: events acknowledged when they are durable, in batches of 100, and how soon they are
// visible in answers; compared with servers of the same framework that promise less. Server and load share the
// machine. Then what requests of each size and content type cost (door-costs.ts).
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { answerOf, checkAnswers, POLL_MS, VISIBLE_MS_MAX } from './acknowledged-counts.ts'
import { printDoorCosts } from './door-costs.ts'
import type { LoadResult } from './load-process.ts'
import { figure } from './notes.ts'
import { processAnswer } from './process-answer.ts'
import { median, quantile } from './race.ts'
import { print } from './report.ts'
import { scaleOf } from './scale.ts'
import { ServerProcess } from './server-process.ts'

type Measured = Omit<LoadResult, 'distinct'> & { readonly cpuSeconds: number }

type Form = {
  readonly name: string
  readonly file: URL
  readonly env: Readonly<Record<string, string>>
  readonly connections: number
  /** Throws if the server has not counted what it acknowledged. Waits until that can be known. */
  readonly check: (url: string, loads: readonly LoadResult[]) => Promise<void>
}

const LOAD = new URL('./load-process.ts', import.meta.url)
const STANDALONE = new URL('../services/standalone/main.ts', import.meta.url)
const PLAIN = new URL('./plain-server.ts', import.meta.url)
const FEW_CONNECTIONS = 4
const CONNECTIONS = 32
/** By then acknowledged events are counted, which belongs to the cost; checking the answers does not. */
const COUNTED_WITHIN_MS = 2_000

const { quick } = scaleOf(process.argv)
const rounds = quick ? 1 : 3
const seconds = quick ? 1 : 5
const visibleMs: number[] = []

const OURS = {
  name: 'Tally: synced, validated, counted once',
  file: STANDALONE,
  env: {},
  check: checkAnswers,
}
const FORMS: readonly Form[] = [
  { ...OURS, connections: CONNECTIONS },
  { ...OURS, connections: FEW_CONNECTIONS },
  {
    name: 'fastify, Map, a sync a request',
    file: PLAIN,
    env: { MODE: 'synced' },
    connections: CONNECTIONS,
    check: checkTotal,
  },
  {
    name: 'fastify, Map, nothing kept',
    file: PLAIN,
    env: { MODE: 'memory' },
    connections: CONNECTIONS,
    check: checkTotal,
  },
]

async function measure({ file, env, connections, check }: Form): Promise<Measured> {
  await using directory = await temporaryDirectory()
  const server = await ServerProcess.start(file, { PORT: '0', DATA_DIR: directory.path, ...env })
  try {
    const url = `${server.url}/v1/events`
    const warmUp = await processAnswer<LoadResult>(LOAD, [url, seconds / 4, connections])
    const cpuBefore = await server.cpuSeconds()
    const stopProbing = file === STANDALONE ? probeFreshness(server.url) : null
    const load = await processAnswer<LoadResult>(LOAD, [url, seconds, connections])
    await stopProbing?.()
    await sleep(COUNTED_WITHIN_MS)
    const cpuSeconds = (await server.cpuSeconds()) - cpuBefore
    await check(server.url, [warmUp, load])
    const { distinct: _, ...figures } = load
    return { ...figures, cpuSeconds }
  } finally {
    await server.stop()
  }
}

/** Sends one event after another and waits until each is visible. The returned function stops it. */
function probeFreshness(url: string): () => Promise<void> {
  let isOver = false
  const probing = (async () => {
    for (let probe = 0; !isOver; probe++) {
      const event = { id: randomUUID(), videoId: `probe-${probe}`, type: 'view', time: Date.now() }
      const { status } = await fetch(`${url}/v1/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(event),
      })
      assert.equal(status, 202)
      visibleMs.push(
        await untilCounted(`${url}/v1/videos/${event.videoId}/stats?eventType=view&function=count`),
      )
    }
  })()
  return () => {
    isOver = true
    return probing
  }
}

async function untilCounted(url: string): Promise<number> {
  const startedMs = performance.now()
  while (performance.now() - startedMs < VISIBLE_MS_MAX) {
    const { value } = await answerOf<{ value: number }>(url)
    if (value === 1) return performance.now() - startedMs
    await sleep(POLL_MS)
  }
  throw new Error(`${url} showed nothing after ${VISIBLE_MS_MAX} ms`)
}

async function checkTotal(url: string, loads: readonly LoadResult[]): Promise<void> {
  const acknowledged = loads.reduce((sum, load) => sum + load.acknowledged, 0)
  assert.equal(await answerOf<number>(`${url}/total`), acknowledged)
}

const measured = FORMS.map((): Measured[] => [])
for (let round = 0; round < rounds; round++) {
  for (const [i, form] of FORMS.entries()) measured[i]!.push(await measure(form))
}
const rates = measured.map((all) => median(all.map((one) => one.acknowledged / one.seconds)))
print(
  `ingest: batches of 100 over keep-alive connections, load and server on the same machine`,
  FORMS.map(({ name, connections }, i) => ({
    form: name,
    connections,
    'events/s acknowledged': Math.round(rates[i]!),
    'beside ours': `${(rates[i]! / rates[0]!).toFixed(2)}×`,
    'p50, ms': median(measured[i]!.map((one) => one.p50Ms)),
    'p99, ms': median(measured[i]!.map((one) => one.p99Ms)),
    'server CPU-s per million': median(measured[i]!.map((one) => (one.cpuSeconds / one.acknowledged) * 1e6)),
    'load CPU-s per million': median(
      measured[i]!.map((one) => (one.loadCpuSeconds / one.acknowledged) * 1e6),
    ),
  })),
)
figure(
  'one-process.rate',
  'events/s',
  measured[0]!.map((one) => one.acknowledged / one.seconds),
)
print('ingest: from the acknowledgement until the count shows, under that load', [
  { events: visibleMs.length, 'p50, ms': quantile(visibleMs, 0.5), 'longest, ms': Math.max(...visibleMs) },
])
await printDoorCosts({ quick })
