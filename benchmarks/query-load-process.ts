// Repeats one question over several connections, in its own process, and prints how long answers took: node
// query-load-process.ts URL SECONDS CONNECTIONS ASKED
import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import type { Asked } from './query/questions.ts'
import { quantile } from './race.ts'

export type QueryLoad = {
  readonly requestsPerSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const [url = '', seconds = '', connections = '', text = ''] = process.argv.slice(2)
const asked = JSON.parse(text) as Asked
const agent = new Agent({ keepAlive: true, maxSockets: Number(connections) })
const body = asked.body === undefined ? null : JSON.stringify(asked.body)
const options = {
  agent,
  method: body === null ? 'GET' : 'POST',
  headers:
    body === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
}
const timesMs: number[] = []

function ask(): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const asking = request(url + asked.path, options, (response) => {
    assert.equal(response.statusCode, 200)
    response.resume().once('end', resolve)
  })
  asking.once('error', reject).end(body ?? undefined)
  return promise
}

const startedMs = performance.now()
const untilMs = startedMs + Number(seconds) * 1_000
await Promise.all(
  Array.from({ length: Number(connections) }, async () => {
    while (performance.now() < untilMs) {
      const askedMs = performance.now()
      await ask()
      timesMs.push(performance.now() - askedMs)
    }
  }),
)
agent.destroy()
const result: QueryLoad = {
  requestsPerSecond: timesMs.length / ((performance.now() - startedMs) / 1_000),
  p50Ms: quantile(timesMs, 0.5),
  p99Ms: quantile(timesMs, 0.99),
}
console.log(JSON.stringify(result))
