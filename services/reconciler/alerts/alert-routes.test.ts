import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { NO_KEYS } from '../../../lib/http/keys/key-ring.ts'
import { QueryRate } from '../../../lib/http/query-rate.ts'
import { buildServer } from '../../../lib/http/server.ts'
import type { Alerts } from '../../../stores/alerts/alerts.ts'
import { alertOf } from '../../../testing/alert-fixture.ts'
import { checkAnswers } from '../../../testing/check-answers.ts'
import { keyRing } from '../../../testing/key-ring.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { MemoryAlerts } from '../../../testing/memory-alerts.ts'
import { registerAlerts } from './alert-routes.ts'
import { ALERT_EXAMPLE } from './alerts-openapi.ts'
import { noted } from './milestones.ts'
import { parseReceivers } from './public-address.ts'
import type { SendWebhook, Webhook } from './send-webhook.ts'

type Method = 'GET' | 'PUT' | 'POST' | 'DELETE'

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const RISES = {
  ...ALERT_EXAMPLE,
  kind: 'rises',
  thresholds: undefined,
  factor: 2.5,
  windowMinutes: 60,
  countMin: 9,
}
const SILENT = { ...ALERT_EXAMPLE, kind: 'silent', thresholds: undefined, minutes: 30 }

function serve(
  keys = NO_KEYS,
  alerts: Alerts = new MemoryAlerts(),
  send: SendWebhook = async () => ({ ok: true }),
  costPerSecondMax: number | null = null,
) {
  const app = buildServer()
  const clock = new ManualClock()
  const rate = new QueryRate({ costPerSecondMax }, clock)
  checkAnswers(app)
  registerAlerts(app, { alerts, receivers: parseReceivers('127.0.0.1'), send, clock, keys, rate })
  return async (status: number, method: Method, path: string, body?: unknown, headers = {}) => {
    const payload = body === undefined ? {} : { payload: body as object }
    const response = await app.inject({ method, url: `/v1/alerts${path}`, headers, ...payload })
    assert.equal(response.statusCode, status, response.body)
    return response.body === '' ? null : response.json()
  }
}

test('what was put is shown, until it is removed', async () => {
  const ask = serve()
  assert.deepEqual(await ask(200, 'GET', ''), { alerts: [] })
  for (const [id, body] of Object.entries({ a: ALERT_EXAMPLE, b: RISES, c: SILENT })) {
    const { secret, ...put } = await ask(200, 'PUT', '', { ...body, id })
    assert.match(secret, /^whsec_/)
    assert.deepEqual((await ask(200, 'GET', '')).alerts.at(-1), put)
    assert.deepEqual([put.id, put.kind, put.state, put.milestones], [id, body.kind, 'on', []])
  }
  await ask(204, 'DELETE', '/a')
  await ask(204, 'DELETE', '/a')
  const { alerts } = await ask(200, 'GET', '')
  assert.deepEqual(
    alerts.map(({ id }: { id: string }) => id),
    ['b', 'c'],
  )
})

test('a secret is told once, by who made it', async () => {
  const alerts = new MemoryAlerts()
  const ask = serve(NO_KEYS, alerts)
  const { secret } = await ask(200, 'PUT', '', ALERT_EXAMPLE)
  assert.equal((await alerts.find('', ALERT_EXAMPLE.id))?.secret, secret)
  assert.equal('secret' in (await ask(200, 'PUT', '', ALERT_EXAMPLE)), false)
  assert.equal((await alerts.find('', ALERT_EXAMPLE.id))?.secret, secret, 'it stays')
  assert.equal('secret' in (await ask(200, 'PUT', '', { ...ALERT_EXAMPLE, secret: SECRET })), false)
  assert.equal((await alerts.find('', ALERT_EXAMPLE.id))?.secret, SECRET)
  assert.equal(JSON.stringify(await ask(200, 'GET', '')).includes('whsec_'), false)
})

test('a change keeps what was told, unless another thing is asked', async () => {
  const alerts = new MemoryAlerts()
  const ask = serve(NO_KEYS, alerts)
  await ask(200, 'PUT', '', ALERT_EXAMPLE)
  const stored = (await alerts.find('', ALERT_EXAMPLE.id))!
  const reason = { kind: 'passes', threshold: 1_000 } as const
  const told = noted(stored, [{ reason, count: 1_001, asOfMs: 1_700_000_000_000 }], 1_700_000_000_001)
  await alerts.write({ ...told, disabled: { atMs: 1, reason: 'gone' } }, stored)
  const [shown] = (await ask(200, 'GET', '')).alerts
  assert.deepEqual([shown.state, shown.disabledReason], ['disabled', 'gone'])

  const more = await ask(200, 'PUT', '', { ...ALERT_EXAMPLE, thresholds: [5_000, 1_000] })
  assert.deepEqual([more.milestones, more.thresholds, more.state], [shown.milestones, [1_000, 5_000], 'on'])
  assert.deepEqual([more.milestones[0].threshold, more.milestones[0].state], [1_000, 'waiting'])
  for (const change of [{ videoId: 'other' }, { eventType: 'like' }])
    assert.deepEqual((await ask(200, 'PUT', '', { ...ALERT_EXAMPLE, ...change })).milestones, [])
})

test('several that make one alert at once make one', async () => {
  const alerts = new MemoryAlerts()
  const ask = serve(NO_KEYS, alerts)
  const put = await Promise.all([1, 2, 3, 4].map(() => ask(200, 'PUT', '', ALERT_EXAMPLE)))
  const secrets = put.flatMap(({ secret }) => secret ?? [])
  assert.deepEqual(secrets, [(await alerts.find('', ALERT_EXAMPLE.id))!.secret])
})

test('a test is signed with the secret of the alert, and tells what came of it', async () => {
  const sent: Webhook[] = []
  const ask = serve(NO_KEYS, new MemoryAlerts(), async (webhook) => {
    sent.push(webhook)
    return sent.length === 1
      ? { ok: true }
      : { ok: false, error: 'The receiver answered 500.', isGone: false }
  })
  await ask(404, 'POST', '/none/test')
  await ask(200, 'PUT', '', ALERT_EXAMPLE)
  const first = await ask(200, 'POST', `/${ALERT_EXAMPLE.id}/test`)
  assert.deepEqual([first.delivered, first.error], [true, null])
  assert.equal(sent[0]!.headers['webhook-id'], first.id)
  const second = await ask(200, 'POST', `/${ALERT_EXAMPLE.id}/test`)
  assert.deepEqual([second.delivered, second.error], [false, 'The receiver answered 500.'])
  assert.notEqual(second.id, first.id)
})

test('one test of a tenant is sent at once, beside those of others', async () => {
  const keys = keyRing('full=acme,other=other')
  const as = (key: string) => ({ authorization: `Bearer ${key}` })
  const goes = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  const send: SendWebhook = async () => {
    begun.resolve()
    await goes.promise
    return { ok: true }
  }
  const ask = serve(keys, new MemoryAlerts(), send)
  const path = `/${ALERT_EXAMPLE.id}/test`
  for (const key of ['full', 'other']) await ask(200, 'PUT', '', ALERT_EXAMPLE, as(key))
  const first = ask(200, 'POST', path, undefined, as('full'))
  await begun.promise
  const { type } = await ask(503, 'POST', path, undefined, as('full'))
  assert.equal(type, 'urn:tally:problem:overloaded')
  const other = ask(200, 'POST', path, undefined, as('other'))
  goes.resolve()
  await Promise.all([first, other])
  await ask(200, 'POST', path, undefined, as('full'))
})

describe('takes its rate', () => {
  const ofRate = (costPerSecondMax: number, alerts: Alerts = new MemoryAlerts()) =>
    serve(NO_KEYS, alerts, undefined, costPerSecondMax)

  test('of a removal, which writes nothing where nothing is', async () => {
    let removals = 0
    const alerts = new MemoryAlerts()
    const remove = alerts.remove.bind(alerts)
    alerts.remove = (...named) => {
      removals++
      return remove(...named)
    }
    const ask = ofRate(1_250, alerts)
    await ask(200, 'PUT', '', { ...ALERT_EXAMPLE, id: 'a' })
    await ask(204, 'DELETE', '/a')
    await ask(204, 'DELETE', '/a')
    await ask(429, 'DELETE', '/a')
    assert.equal(removals, 1)
  })

  test('of a list by its length', async () => {
    const alerts = new MemoryAlerts()
    const ask = ofRate(100, alerts)
    for (let asked = 0; asked < 5; asked++) await ask(200, 'GET', '')
    for (const alertId of ['a', 'b', 'c'])
      await alerts.write(alertOf({ kind: 'passes', thresholds: [1] }, { tenant: '', alertId }), null)
    await ask(200, 'GET', '')
    await ask(429, 'GET', '')
  })
})

describe('refuses, by name,', () => {
  const check = (name: string, change: object, ...named: string[]) =>
    test(name, async () => {
      const { errors } = await serve()(400, 'PUT', '', { ...ALERT_EXAMPLE, ...change })
      const parameters = errors.map(({ parameter }: { parameter: string }) => parameter)
      assert.deepEqual(parameters.sort(), named.sort())
    })
  check('a kind that there is not', { kind: 'falls' }, 'kind')
  check('fields of another kind', { minutes: 5 }, 'minutes')
  check(
    'everything at once',
    { id: 'a b', videoId: '', eventType: 'V', secret: 'x' },
    'id',
    'videoId',
    'eventType',
    'secret',
  )
  check('a private receiver', { url: 'https://10.0.0.1/' }, 'url')
  check('a receiver without TLS', { url: 'http://hooks.example/' }, 'url')
  for (const thresholds of [[], [0], [1.5], [1, 1], ['1'], 1, Array.from({ length: 21 }, (_, at) => at + 1)])
    check(`thresholds ${JSON.stringify(thresholds)}`, { thresholds }, 'thresholds')
  check('a factor of 1', { ...RISES, factor: 1 }, 'factor')
  check('a factor with too many places', { ...RISES, factor: 1.23456 }, 'factor')
  check('a window that divides no hour', { ...RISES, windowMinutes: 7 }, 'windowMinutes')
  check('no length of the silence', { ...SILENT, minutes: undefined }, 'minutes')
  test('a body that is no object', async () => {
    await serve()(400, 'PUT', '', [ALERT_EXAMPLE])
  })
  test('an id in the address', async () => {
    await serve()(400, 'DELETE', '/a%20b')
  })
})

describe('Keys', () => {
  const keys = keyRing('full=acme,other=other')
  const as = (key: string) => ({ authorization: `Bearer ${key}` })

  test('a tenant sees and changes its own alone', async () => {
    const ask = serve(keys)
    await ask(401, 'GET', '')
    await ask(401, 'PUT', '', ALERT_EXAMPLE)
    await ask(200, 'PUT', '', ALERT_EXAMPLE, as('full'))
    assert.deepEqual(await ask(200, 'GET', '', undefined, as('other')), { alerts: [] })
    await ask(404, 'POST', `/${ALERT_EXAMPLE.id}/test`, undefined, as('other'))
    await ask(204, 'DELETE', `/${ALERT_EXAMPLE.id}`, undefined, as('other'))
    assert.equal((await ask(200, 'GET', '', undefined, as('full'))).alerts.length, 1)
  })
})

test('there is an end to how many alerts a tenant may have', async () => {
  const ask = serve()
  for (let at = 0; at < 100; at++) await ask(200, 'PUT', '', { ...ALERT_EXAMPLE, id: `a${at}` })
  await ask(409, 'PUT', '', { ...ALERT_EXAMPLE, id: 'one-more' })
  await ask(200, 'PUT', '', { ...ALERT_EXAMPLE, id: 'a0', thresholds: [7] })
})

test('a store that is away is told as something that passes', async () => {
  const failing = () => Promise.reject(new Error('away'))
  const away = { all: failing, ofTenant: failing, find: failing, write: failing, remove: failing }
  const ask = serve(NO_KEYS, away as unknown as Alerts)
  for (const [method, path, body] of [
    ['GET', '', undefined],
    ['PUT', '', ALERT_EXAMPLE],
    ['DELETE', '/a', undefined],
    ['POST', '/a/test', undefined],
  ] as const)
    assert.equal((await ask(503, method, path, body)).type, 'urn:tally:problem:alerts-unavailable')
})
