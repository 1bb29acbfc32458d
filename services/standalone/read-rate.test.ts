import assert from 'node:assert/strict'
import { test } from 'node:test'
import { StandaloneChild } from '../../testing/standalone-child.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'

type Described = { readonly paths: Readonly<Record<string, Readonly<Record<string, { tags: string[] }>>>> }

/** They change nothing (RFC 9110, section 9.2.1). */
const READING = ['get', 'query']
/** A series from the beginning costs so much that a quarter of an hour's share is owed afterwards. */
const DEAR = '/v1/videos/v/stats?eventType=view&function=count&granularity=P1D'
const FREE = ['/', '/tally-count.js', '/docs', '/openapi.json', '/metrics', '/health/live', '/health/ready']

async function readsOf(url: string): Promise<{ method: string; path: string }[]> {
  const { paths } = (await (await fetch(`${url}/openapi.json`)).json()) as Described
  return Object.entries(paths).flatMap(([path, operations]) =>
    Object.entries(operations)
      .filter(([method, { tags }]) => READING.includes(method) && !tags.includes('operations'))
      .map(([method]) => ({ method: method.toUpperCase(), path: path.replaceAll(/{\w+}/g, 'v') })),
  )
}

async function statusOf(url: string, method = 'GET'): Promise<number> {
  const ending = new AbortController() // a live stream would not end
  const asked = method === 'QUERY' ? { headers: { 'content-type': 'application/json' }, body: '{}' } : {}
  const { status } = await fetch(url, { method, ...asked, signal: ending.signal })
  ending.abort()
  return status
}

test('whoever asks too much is refused by every address that answers questions, and by no other', async () => {
  await using directory = await temporaryDirectory()
  const once = { QUERY_COST_PER_SECOND_MAX: '1', PROBE_INTERVAL_S: '0' }
  await using server = new StandaloneChild({ DATA_DIR: directory.path, ...once })
  const url = await server.url()
  const reads = await readsOf(url)
  assert.ok(reads.length >= 15)
  assert.equal(await statusOf(`${url}${DEAR}`), 200)
  const answered: string[] = []
  for (const { method, path } of reads) {
    const status = await statusOf(`${url}${path}`, method)
    if (status !== 429) answered.push(`${status} ${method} ${path}`)
  }
  assert.deepEqual(answered, [])
  for (const path of FREE) assert.equal(await statusOf(`${url}${path}`), 200, path)
})
