// What it costs to compress answers: the CPU time and the latency of questions whose client asks for it, beside the
// same without, in turns. Counts are in memory, and nothing crosses a network: all else that an answer costs is less
// than a user pays, so the ratios are the highest that one would see.
import assert from 'node:assert/strict'
import { gunzipSync } from 'node:zlib'
import { buildServer } from '../lib/http/server.ts'
import { minuteOf } from '../model/bucket.ts'
import { EMPTY } from '../model/total.ts'
import { registerQueries } from '../services/query/query-routes.ts'
import { MemoryCounts } from '../testing/memory-counts.ts'
import { queryDeps } from '../testing/query-fixture.ts'
import { median, quantile } from './race.ts'
import { print, type Row } from './report.ts'
import { scaleOf } from './scale.ts'

const { quick, rounds } = scaleOf(process.argv)
const END = '2026-11-21T12:00:00Z'
const MINUTES = 1_440
const SECONDS_PER_ROUND = quick ? 0.05 : 1
const STATS = '/v1/videos/v/stats?eventType=view&function=count'
const QUESTIONS = {
  'one number': '',
  '15 minutes': '&granularity=PT1M&startTime=2026-11-21T11:45:00Z',
  'an hour by minute': '&granularity=PT1M&startTime=2026-11-21T11:00:00Z',
  'a day by quarter of an hour': '&granularity=PT15M&startTime=2026-11-20T12:00:00Z',
  'a day by minute': '&granularity=PT1M&startTime=2026-11-20T12:00:00Z',
}
const FORMS = { plain: {}, gzip: { 'accept-encoding': 'gzip' } }

type Form = keyof typeof FORMS
type Cost = { readonly cpuMicros: number; readonly p50Ms: number; readonly p99Ms: number }

const counts = new MemoryCounts()
await counts.write(
  's',
  Array.from({ length: MINUTES }, (_, i) => ({
    bucket: { tenant: '', videoId: 'v', type: 'view', minute: minuteOf(Date.parse(END)) - 1 - i },
    total: { ...EMPTY, count: (i * 7_919) % 1_000, upTo: i },
  })),
)
const app = buildServer()
registerQueries(app, queryDeps(counts))

const ask = async (question: string, form: Form) =>
  app.inject({ url: `${STATS}${question}&endTime=${END}`, headers: FORMS[form] })

/** The CPU time of all threads, because long answers are compressed by others. */
async function costOf(question: string, form: Form): Promise<Cost> {
  globalThis.gc?.()
  const timesMs: number[] = []
  const before = process.cpuUsage()
  const untilMs = performance.now() + SECONDS_PER_ROUND * 1_000
  while (performance.now() < untilMs) {
    const startedMs = performance.now()
    await ask(question, form)
    timesMs.push(performance.now() - startedMs)
  }
  const { user, system } = process.cpuUsage(before)
  return {
    cpuMicros: (user + system) / timesMs.length,
    p50Ms: quantile(timesMs, 0.5),
    p99Ms: quantile(timesMs, 0.99),
  }
}

async function measure(name: string, question: string): Promise<Row> {
  const [plain, gzip] = [await ask(question, 'plain'), await ask(question, 'gzip')]
  const isCompressed = gzip.headers['content-encoding'] === 'gzip'
  assert.equal((isCompressed ? gunzipSync(gzip.rawPayload) : gzip.rawPayload).toString(), plain.body)
  const costs: Record<Form, Cost[]> = { plain: [], gzip: [] }
  for (const form of ['plain', 'gzip'] as const) await costOf(question, form) // to warm up
  for (let round = 0; round < rounds; round++) {
    for (const form of ['plain', 'gzip'] as const) costs[form].push(await costOf(question, form))
  }
  const of = (form: Form, what: keyof Cost) => median(costs[form].map((cost) => cost[what]))
  return {
    answer: name,
    bytes: plain.rawPayload.length,
    'bytes, gzip': gzip.rawPayload.length,
    'CPU, µs': of('plain', 'cpuMicros'),
    'CPU, µs, gzip': of('gzip', 'cpuMicros'),
    ratio: median(costs.gzip.map(({ cpuMicros }, round) => cpuMicros / costs.plain[round]!.cpuMicros)),
    'p50, ms': of('plain', 'p50Ms'),
    'p50, ms, gzip': of('gzip', 'p50Ms'),
    'p99, ms': of('plain', 'p99Ms'),
    'p99, ms, gzip': of('gzip', 'p99Ms'),
  }
}

const rows: Row[] = []
for (const [name, question] of Object.entries(QUESTIONS)) rows.push(await measure(name, question))
print('compression: answers as they are, and compressed', rows)
await app.close()
