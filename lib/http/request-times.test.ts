import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Registry } from 'prom-client'
import { ProblemError } from './problem.ts'
import { timeRequests } from './request-times.ts'
import { buildServer } from './server.ts'

async function linesAfter(...requests: readonly (readonly [method: 'GET' | 'POST', url: string])[]) {
  const registry = new Registry()
  const app = buildServer()
  timeRequests(app, registry)
  app.get('/videos/:id', () => 'x')
  app.get('/away', () => {
    throw new ProblemError({ type: 'overloaded', detail: 'x' })
  })
  for (const [method, url] of requests) await app.inject({ method, url })
  return (await registry.metrics()).split('\n')
}

function shows(lines: readonly string[], ...expected: readonly string[]): void {
  for (const line of expected) assert.ok(lines.includes(line), `${line}\nis not in\n${lines.join('\n')}`)
}

test('requests are counted by method, pattern of the route, and status', async () => {
  const lines = await linesAfter(['GET', '/videos/a'], ['GET', '/videos/b'], ['GET', '/away'])
  shows(
    lines,
    'tally_http_request_seconds_count{method="GET",route="/videos/:id",status="200"} 2',
    'tally_http_request_seconds_bucket{le="+Inf",method="GET",route="/videos/:id",status="200"} 2',
    'tally_http_request_seconds_count{method="GET",route="/away",status="503"} 1',
  )
})

test('requests to addresses that nobody serves share one label, however they differ', async () => {
  const lines = await linesAfter(['GET', '/a'], ['GET', '/b?c'])
  shows(lines, 'tally_http_request_seconds_count{method="other",route="none",status="404"} 2')
  assert.equal(lines.filter((line) => line.includes('_count{')).length, 1)
})

test('a bucket holds all requests that were at least as fast, and the sum their seconds', async () => {
  const lines = await linesAfter(['GET', '/videos/a'], ['GET', '/videos/b'])
  const buckets = lines.filter((line) => line.includes('_bucket{'))
  const values = buckets.map((line) => Number(line.split(' ').at(-1)))
  assert.equal(buckets.length, 13)
  assert.deepEqual(
    values,
    values.toSorted((a, b) => a - b),
  )
  assert.equal(values.at(-1), 2)
  const [, sum] = /_sum\{.*\} (.+)/.exec(lines.find((line) => line.includes('_sum{'))!)!
  assert.ok(Number(sum) > 0)
})
