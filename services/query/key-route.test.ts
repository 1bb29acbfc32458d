import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { KeyRing } from '../../lib/http/keys/key-ring.ts'
import { digestOf, keyOfSetting, ROLES } from '../../lib/http/keys/known-key.ts'
import { QueryRate } from '../../lib/http/query-rate.ts'
import { buildServer } from '../../lib/http/server.ts'
import { checkAnswers } from '../../testing/check-answers.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { registerKey } from './key-route.ts'

const END_MS = Date.parse('2026-12-24T12:00:00Z')
const ROOT = [keyOfSetting('root', 'admin', null)]

/** Filed keys are named for their roles; `page` also sends, for one page and not for ever. */
function world({ api = true, admin = true } = {}) {
  const clock = new ManualClock(END_MS - 1_000)
  const ring = new KeyRing({ apiKeys: [], adminKeys: admin ? ROOT : [] }, clock)
  const filed = ROLES.map((role) => ({
    ...{ digest: digestOf(role), role, tenant: 'acme', origins: [], expiresMs: null },
  }))
  const page = { ...filed[0]!, digest: digestOf('page'), origins: ['https://a.example'], expiresMs: END_MS }
  if (api) ring.takeFiled([...filed, page], true)
  const app = buildServer()
  checkAnswers(app)
  registerKey(app, { keys: ring, rate: new QueryRate({ costPerSecondMax: null }, clock) })
  const ask = async (key: string | null) => {
    const answer = await app.inject({ url: '/v1/key', headers: key === null ? {} : { 'x-api-key': key } })
    return { status: answer.statusCode, ...answer.json() }
  }
  return { ask, clock }
}

describe('a key is told what it may do:', () => {
  const check = (key: string, tenant: string | null, ...may: readonly string[]) =>
    test(`${key}: ${may.join(', ')}`, async () => {
      const answer = await world().ask(key)
      assert.deepEqual([answer.status, answer.tenant, answer.may], [200, tenant, may])
      assert.equal(answer.role, key === 'root' ? 'admin' : key)
    })
  check('write', 'acme', 'send')
  check('read', 'acme', 'read')
  check('full', 'acme', 'send', 'read', 'manage')
  check('admin', 'acme', 'send', 'read', 'manage', 'admin')
  check('root', null, 'admin')
})

test('a key says for whose pages it is and when it ends, and is unknown from then on', async () => {
  const { ask, clock } = world()
  const { origins, expiresAt } = await ask('page')
  assert.deepEqual([origins, expiresAt], [['https://a.example'], '2026-12-24T12:00:00.000Z'])
  clock.advance(1_000)
  const { status, detail } = await ask('page')
  assert.deepEqual([status, detail], [403, 'This API key has expired.'])
})

test('no key is asked for one, and an unknown one is refused', async () => {
  const { ask } = world()
  assert.deepEqual([(await ask(null)).status, (await ask('nobody')).status], [401, 403])
})

test('where keys are off everybody may do everything, and with admin keys alone all but to operate', async () => {
  assert.deepEqual(await world({ api: false, admin: false }).ask('anything'), {
    ...{ status: 200, role: null, tenant: '', may: ['send', 'read', 'manage', 'admin'] },
    ...{ origins: [], expiresAt: null },
  })
  const { ask } = world({ api: false })
  assert.deepEqual((await ask(null)).may, ['send', 'read', 'manage'])
  const { role, tenant, may } = await ask('root')
  assert.deepEqual([role, tenant, may], ['admin', null, ['send', 'read', 'manage', 'admin']])
})
