// What the process tells of requests, to a collector that takes OTLP over HTTP.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createClient } from '../../sdk/src/client.ts'
import { docBlock } from '../../testing/doc-samples.ts'
import { StandaloneChild } from '../../testing/standalone-child.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { type CollectedSpan, TraceCollector } from '../../testing/trace-collector.ts'
import { until } from '../../testing/until.ts'

const [SERVER, CLIENT, CONSUMER] = [2, 3, 5]
const SENDING = '0af7651916cd43dd8448eb211c80319c'
const ASKING = '1bf7651916cd43dd8448eb211c80319d'
const PARENT = 'b7ad6b7169203331'

/** Whether it is told of is decided by whoever began the trace, where a balancer is believed. */
const traceparent = (traceId: string, isSampled: boolean) => `00-${traceId}-${PARENT}-0${isSampled ? 1 : 0}`

test('a request is told of, with all that came of it, and its trace is named in the log', async () => {
  await using collector = await TraceCollector.start()
  await using directory = await temporaryDirectory()
  await using server = new StandaloneChild({
    DATA_DIR: directory.path,
    LOG_LEVEL: 'info',
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    OTEL_TRACES_SAMPLER_ARG: '0',
    PROBE_INTERVAL_S: '0',
    TRUST_PROXY: 'loopback',
  })
  const url = await server.url()
  const send = (id: string, headers: Record<string, string>) =>
    fetch(`${url}/v1/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ id, videoId: 'secret-video', type: 'view', time: new Date().toISOString() }),
    })
  const client = createClient({ url, traceparent: () => traceparent(SENDING, true) })
  const sent = await client.processEvents([{ id: 'a', videoId: 'secret-video', type: 'view' }])
  assert.equal(sent.accepted, 1)
  assert.equal((await send('b', { traceparent: traceparent('2'.repeat(32), false) })).status, 202)
  assert.equal((await send('c', {})).status, 202, 'of which the share says that it is not told')
  const stats = `${url}/v1/videos/secret-video/stats?eventType=view&function=count`
  const ofOther = stats.replace('secret-video', 'another') // a cache would answer the same question again
  const answered = async () =>
    ((await (await fetch(ofOther)).json()) as { meta: { asOf: string | null } }).meta
  await until('it is known how far the counts go', async () => (await answered()).asOf !== null)
  const asked = await fetch(stats, { headers: { traceparent: traceparent(ASKING, true) } })
  assert.equal(asked.status, 200)
  const { code, errors } = await server.kill('SIGTERM')
  assert.equal(code, 0)

  assert.deepEqual(new Set(collector.spans.map(({ traceId }) => traceId)), new Set([SENDING, ASKING]))
  const door = named(collector.spans, 'POST /v1/events')
  assert.deepEqual([door.traceId, door.parentSpanId, door.kind], [SENDING, PARENT, SERVER])
  const append = named(collector.spans, 'log store')
  assert.deepEqual([append.traceId, append.parentSpanId, append.kind], [SENDING, door.spanId, CLIENT])
  const count = named(collector.spans, 'processing count')
  assert.deepEqual([count.traceId, count.parentSpanId, count.kind], [SENDING, append.spanId, CONSUMER])
  assert.deepEqual(
    count.attributes.map(({ key }) => key),
    ['tally.source', 'tally.offset'],
  )
  const write = named(collector.spans, 'counts write')
  assert.deepEqual([write.traceId, write.parentSpanId, write.kind], [SENDING, count.spanId, CONSUMER])
  const question = named(collector.spans, 'GET /v1/videos/:videoId/stats')
  assert.ok(question.attributes.some(({ key }) => key === 'tally.as_of'))
  assert.deepEqual([question.traceId, question.parentSpanId], [ASKING, PARENT])
  const reads = collector.spans.filter(({ parentSpanId }) => parentSpanId === question.spanId)
  assert.ok(
    reads.some(({ name }) => /^(counts|rollups) read/.test(name)),
    reads.map(({ name }) => name).join(),
  )
  const nameOf = new Map(collector.spans.map(({ spanId, name }) => [spanId, name]))
  const seen = collector.spans.map(({ name, parentSpanId }) => [nameOf.get(parentSpanId!), name].join(' > '))
  for (const [parent, name] of drawnSpans())
    assert.ok(
      seen.includes([parent, name].join(' > ')),
      `docs/operate.md: ${name} in ${parent}\n${seen.join('\n')}`,
    )
  assert.doesNotMatch(JSON.stringify(collector.spans), /secret-video/)
  for (const traceId of [SENDING, ASKING]) assert.ok(errors.includes(`"traceId":"${traceId}"`), traceId)
})

test('what was read by another thread is told of too, in the same trace', async () => {
  await using collector = await TraceCollector.start()
  await using directory = await temporaryDirectory()
  await using server = new StandaloneChild({
    DATA_DIR: directory.path,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    OTEL_TRACES_SAMPLER_ARG: '1',
    PROBE_INTERVAL_S: '0',
    WORKERS: '2',
  })
  const time = Date.now()
  const events = Array.from({ length: 100 }, (_, i) => ({ id: `e${i}`, videoId: 'v', type: 'view', time }))
  const headers = { 'content-type': 'application/json' }
  const init = { method: 'POST', headers, body: JSON.stringify(events) }
  assert.equal((await fetch(`${await server.url()}/v1/events`, init)).status, 202)
  assert.equal((await server.kill('SIGTERM')).code, 0)
  const door = named(collector.spans, 'POST /v1/events')
  const [pack, store] = [named(collector.spans, 'door pack'), named(collector.spans, 'log storeRecords')]
  for (const { traceId, parentSpanId } of [pack, store])
    assert.deepEqual([traceId, parentSpanId], [door.traceId, door.spanId])
  const count = named(collector.spans, 'processing count')
  assert.deepEqual([count.traceId, count.parentSpanId], [door.traceId, store.spanId])
})

test('anybody else decides nothing', async () => {
  await using collector = await TraceCollector.start()
  await using directory = await temporaryDirectory()
  await using server = new StandaloneChild({
    DATA_DIR: directory.path,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    OTEL_TRACES_SAMPLER_ARG: '0',
    PROBE_INTERVAL_S: '0',
  })
  const url = await server.url()
  const headers = { 'content-type': 'application/json', traceparent: traceparent(SENDING, true) }
  assert.equal((await fetch(`${url}/health/live`, { headers })).status, 200)
  const body = JSON.stringify({ id: 'a', videoId: 'v', type: 'view', time: Date.now() })
  assert.equal((await fetch(`${url}/v1/events`, { method: 'POST', headers, body })).status, 202)
  assert.equal((await server.kill('SIGTERM')).code, 0)
  assert.deepEqual(collector.spans, [])
})

/** The spans that docs/operate.md draws, each with the one that it is in. */
function drawnSpans(): readonly (readonly [parent: string | undefined, name: string])[] {
  const path: string[] = []
  const lines = docBlock('docs/operate.md', '').split('\n')
  return lines.filter(Boolean).map((line) => {
    const [, indent, name] = /^([ └├]*)(\S.*?) +\d+ ms\b/.exec(line)!
    const depth = indent!.length / 2
    path.splice(depth, path.length, name!)
    return [path[depth - 1], name!]
  })
}

function named(spans: readonly CollectedSpan[], name: string): CollectedSpan {
  const found = spans.filter((span) => span.name === name)
  assert.equal(found.length, 1, `${name} in ${spans.map((span) => span.name).join(', ')}`)
  return found[0]!
}
