import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { TraceCollector } from '../../testing/trace-collector.ts'
import { SettingsError, SettingsReader } from '../settings-reader.ts'
import { NO_TRACES, traced } from '../traces.ts'
import { NO_PROXIES, parseTrustedProxies } from './client-address.ts'
import { OtlpTraces } from './otlp-traces.ts'
import { buildServer } from './server.ts'
import { readTracesSettings } from './traces-settings.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const OK = 0
const ERROR = 2

function tracesTo(endpoint: string, deps: Partial<ConstructorParameters<typeof OtlpTraces>[1]> = {}) {
  const warnings: string[] = []
  const logger = { warn: (_about: unknown, text: string) => void warnings.push(text) }
  const settings = { endpoint, share: deps.random === undefined ? 1 : 0.25 }
  const named = { name: 'tally-test', version: '1', logger, trustProxy: NO_PROXIES }
  const traces = new OtlpTraces(settings, { ...named, ...deps })
  return { traces, warnings }
}

test('what a parsed body is used for belongs to its request', async () => {
  await using collector = await TraceCollector.start()
  const { traces } = tracesTo(collector.endpoint)
  const app = buildServer()
  traces.follow(app)
  const store = traced(traces, 'store', { read: async (key: string) => `value of ${key}` }, ['read'])
  app.post('/read', async ({ body }) => ({ found: await store.read((body as { key: string }).key) }))
  await app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = app.server.address() as { port: number }
  const answer = await fetch(`http://127.0.0.1:${port}/read`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"key":"a"}',
  })
  assert.deepEqual(await answer.json(), { found: 'value of a' })
  await app.close()
  await traces.close()
  const [read, request] = ['store read', 'POST /read'].map((wanted) =>
    collector.spans.find(({ name }) => name === wanted),
  )
  assert.ok(read && request, collector.spans.map(({ name }) => name).join())
  assert.equal(read.parentSpanId, request.spanId)
  assert.equal(read.status.code ?? OK, OK)
})

test('what fails is told as failed, and fails all the same', async () => {
  await using collector = await TraceCollector.start()
  const { traces } = tracesTo(collector.endpoint)
  const app = buildServer()
  traces.follow(app)
  app.get('/fail', () => traces.during('read', () => Promise.reject(new Error('the store is away'))))
  assert.equal((await app.inject('/fail')).statusCode, 500)
  await traces.close()
  assert.deepEqual(
    collector.spans.map(({ name, status }) => [name, status.code]),
    [
      ['read', ERROR],
      ['GET /fail', ERROR],
    ],
  )
})

test('who sends a trace decides whether it is told only where it is a balancer that is believed', async () => {
  const told = async (proxies: string, isSampled: boolean, random: number) => {
    await using collector = await TraceCollector.start()
    const { traces } = tracesTo(collector.endpoint, {
      trustProxy: parseTrustedProxies(proxies),
      random: () => random,
    })
    const app = buildServer()
    traces.follow(app)
    app.get('/', () => traces.during('read', async () => 'answer'))
    for (const traceId of ['0'.repeat(31), 'f'.repeat(31)].map((digits) => `${digits}1`)) {
      const traceparent = `00-${traceId}-b7ad6b7169203331-0${Number(isSampled)}`
      await app.inject({ url: '/', headers: { traceparent, tracestate: 'a=b' } })
    }
    await traces.close()
    const ids = new Set(collector.spans.map(({ traceId }) => traceId.at(0)))
    return [...ids].join('')
  }
  for (const isSampled of [true, false]) {
    assert.equal(await told('10.0.0.0/8', isSampled, 0.26), '')
    assert.equal(await told('10.0.0.0/8', isSampled, 0.24), '0f', 'in the trace that was sent')
    assert.equal(await told('loopback', isSampled, 0.26), isSampled ? '0f' : '')
  }
})

test('what nobody asked for is done, and not told', async () => {
  await using collector = await TraceCollector.start()
  const { traces } = tracesTo(collector.endpoint)
  assert.equal(await traces.during('sweep', async () => 7), 7)
  await traces.close()
  assert.deepEqual(collector.spans, [])
})

test('what comes of a request later is told in its trace, if the request is', async () => {
  for (const isTold of [true, false]) {
    await using collector = await TraceCollector.start()
    const { traces } = tracesTo(collector.endpoint, { random: () => (isTold ? 0.24 : 0.26) })
    const app = buildServer()
    traces.follow(app)
    assert.equal(traces.traceparent(), null, 'in the course of no request')
    app.get('/', () => {
      traces.note('as of', 'now')
      return traces.during('store', async () => ({ handedOn: traces.traceparent() }))
    })
    const sent = { traceparent: `00-${'0'.repeat(31)}1-b7ad6b7169203331-01` }
    const { handedOn } = (await app.inject({ url: '/', headers: sent })).json()
    assert.equal(handedOn === null, !isTold)
    const steps = ['count', 'write'].map((name) => ({ name, fromMs: 5, toMs: 7, about: { [name]: 1 } }))
    if (handedOn !== null) traces.later(handedOn, steps)
    await traces.close()
    const [request, store, count, write] = ['GET /', 'store', 'count', 'write'].map((wanted) =>
      collector.spans.find(({ name }) => name === wanted),
    )
    if (!isTold) {
      assert.deepEqual(collector.spans, [])
      continue
    }
    assert.ok(request?.attributes.some(({ key }) => key === 'as of'))
    assert.equal(new Set(collector.spans.map(({ traceId }) => traceId)).size, 1)
    assert.deepEqual([count!.parentSpanId, write!.parentSpanId], [store!.spanId, count!.spanId])
    assert.deepEqual(count!.attributes, [{ key: 'count', value: { intValue: 1 } }])
    assert.equal(handedOn, `00-${store!.traceId}-${store!.spanId}-01`)
  }
})

test('a collector that takes nothing costs spans, and is told of once', async () => {
  await using collector = await TraceCollector.start(400)
  const { traces, warnings } = tracesTo(collector.endpoint)
  const app = buildServer()
  traces.follow(app)
  app.get('/', async () => 'answer')
  for (let at = 0; at < 600; at++) assert.equal((await app.inject('/')).body, 'answer') // more than a batch
  await traces.close()
  assert.deepEqual(warnings, ['the collector does not take traces: they are dropped'])
})

test('without traces a store is used as it is', () => {
  const store = { read: async () => 1 }
  assert.equal(traced(NO_TRACES, 'store', store, ['read']), store)
})

test('what is told of a store is what was named, and the rest works as before', async () => {
  const told: string[] = []
  const traces = {
    during: <T>(name: string, work: () => Promise<T>) => {
      told.push(name)
      return work()
    },
  }
  class Store {
    #sum = 0
    async add(value: number) {
      this.#sum += value
    }
    get sum() {
      return this.#sum
    }
    async clear() {
      this.#sum = 0
    }
  }
  const store = traced(traces, 'store', new Store(), ['add'])
  await store.add(2)
  assert.equal(store.sum, 2)
  await store.clear()
  assert.deepEqual([store.sum, told], [0, ['store add']])
})

test('settings have the names of OpenTelemetry, and their rules', () => {
  const read = (environment: Record<string, string>) => {
    const reader = new SettingsReader(environment)
    const settings = readTracesSettings(reader)
    reader.check()
    return settings
  }
  assert.equal(read({}), null)
  assert.equal(read({ OTEL_TRACES_SAMPLER_ARG: '0.5' }), null)
  const endpoint = 'http://collector:4318'
  assert.deepEqual(read({ OTEL_EXPORTER_OTLP_ENDPOINT: `${endpoint}/` }), { endpoint, share: 0.01 })
  for (const [environment, rule] of [
    [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, /must be an http:\/\/ or https:\/\/ URL/],
    [{ OTEL_TRACES_SAMPLER_ARG: '2' }, /must be a number from 0 to 1, not "2"/],
    [{ OTEL_TRACES_SAMPLER_ARG: '1e-3' }, /must be a number from 0 to 1/],
  ] as const)
    assert.throws(
      () => read(environment),
      (error) => error instanceof SettingsError && error.faults.length === 1 && rule.test(error.message),
    )
  assert.equal(
    read({ OTEL_SERVICE_NAME: 'a', OTEL_TRACES_SAMPLER: 'always_on' }),
    null,
    'others are not ours',
  )
})

test('without a collector nothing of it is even loaded, beyond what prom-client takes', async () => {
  const hook = `import { registerHooks } from 'node:module'
registerHooks({ resolve(name, context, next) {
  if (/opentelemetry.(?!api)|otlp/.test(name)) console.log('loads', name)
  return next(name, context)
} })`
  const load = (path: string) => `await import(${JSON.stringify(import.meta.resolve(path))})`
  const program = `const { SettingsReader } = ${load('../settings-reader.ts')}
const { readServerSettings } = ${load('./server-settings.ts')}
const { startService } = ${load('./start-service.ts')}
const settings = readServerSettings(new SettingsReader(process.env), 0)
const { stop } = await startService('tally-test', settings, new AbortController().signal, ({ listen }) => listen())
await stop()
console.log('stopped')`
  const said = async (environment: Record<string, string>) => {
    const args = [
      '--import',
      `data:text/javascript,${encodeURIComponent(hook)}`,
      '--input-type=module',
      '-e',
      program,
    ]
    const env = { PATH: process.env.PATH, ...environment }
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, env })
    return stdout
  }
  assert.match(await said({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' }), /^loads [\s\S]*stopped\n$/)
  assert.equal(await said({}), 'stopped\n')
})
