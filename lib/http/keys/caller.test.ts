import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { ProblemError, type ProblemType } from '../problem.ts'
import { callerOf, tenantUnlessAdmin } from './caller.ts'
import { KeyRing } from './key-ring.ts'
import { digestOf, type KnownKey, keyOfSetting, type Need, ROLES, type Role } from './known-key.ts'

const SETTINGS = {
  apiKeys: [keyOfSetting('env', 'full', 'acme')],
  adminKeys: [keyOfSetting('root', 'admin', null)],
}
const asked = (key: string, ip = '10.0.0.1') => ({ ip, headers: { 'x-api-key': key } })

function filed(key: string, role: Role, more: Partial<KnownKey> = {}): KnownKey {
  return { digest: digestOf(key), role, tenant: 'acme', origins: [], expiresMs: null, ...more }
}

/** The tenant, or the type of the problem. */
function outcome(call: () => string | null): string | null | ProblemType {
  try {
    return call()
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error
    return error.type
  }
}

describe('a role', () => {
  const ring = new KeyRing(SETTINGS)
  ring.takeFiled(
    ROLES.map((role) => filed(role, role)),
    true,
  )
  const needs = ['send', 'read', 'manage'] as const
  const check = (key: string, ...expected: readonly string[]) =>
    test(`${key} may ${needs.filter((_, at) => expected[at] === 'acme').join(', ') || 'nothing of a tenant'}`, () => {
      const outcomes = needs.map((need) => outcome(() => callerOf(asked(key), ring, need).tenant))
      assert.deepEqual(outcomes, expected)
    })
  check('write', 'acme', 'forbidden', 'forbidden')
  check('read', 'forbidden', 'acme', 'forbidden')
  check('full', 'acme', 'acme', 'acme')
  check('admin', 'acme', 'acme', 'acme')
  check('env', 'acme', 'acme', 'acme')
  check('root', 'forbidden', 'forbidden', 'forbidden')
})

test('a key of two lists has the rights of both', () => {
  const ring = new KeyRing({
    apiKeys: [keyOfSetting('k', 'full', 't')],
    adminKeys: [keyOfSetting('k', 'admin', null)],
  })
  assert.equal(callerOf(asked('k'), ring, 'read').tenant, 't')
  assert.equal(tenantUnlessAdmin(asked('k'), ring), null)
})

test('a refusal names the roles that would do', () => {
  const ring = new KeyRing(SETTINGS)
  ring.takeFiled([filed('w', 'write')], true)
  assert.throws(() => callerOf(asked('w'), ring, 'read'), /another role: read, full or admin/)
})

test('a key is refused from the moment on at which it expires', () => {
  const clock = new ManualClock()
  const ring = new KeyRing(SETTINGS, clock)
  ring.takeFiled([filed('k', 'read', { expiresMs: clock.nowMs() + 5 })], true)
  assert.equal(callerOf(asked('k'), ring, 'read').tenant, 'acme')
  clock.advance(4)
  assert.equal(callerOf(asked('k'), ring, 'read').tenant, 'acme')
  clock.advance(1)
  assert.throws(() => callerOf(asked('k'), ring, 'read'), /This API key has expired/)
})

test('keys are off until the file holds one, and stay on when it is revoked', () => {
  const ring = new KeyRing({ apiKeys: [], adminKeys: [] })
  const need: Need = 'send'
  assert.equal(callerOf(asked('anything'), ring, need).tenant, '')
  ring.takeFiled([filed('k', 'full')], true)
  assert.equal(
    outcome(() => callerOf(asked('anything'), ring, need).tenant),
    'forbidden',
  )
  ring.takeFiled([], false)
  assert.equal(
    outcome(() => callerOf(asked('k'), ring, need).tenant),
    'forbidden',
  )
  assert.equal(
    outcome(() => callerOf({ ip: '', headers: {} }, ring, need).tenant),
    'unauthorized',
  )
})

describe('unknown keys', () => {
  const outcomeFrom = (ring: KeyRing, key: string, ip: string) =>
    outcome(() => callerOf(asked(key, ip), ring, 'read').tenant)

  test('are refused ten times a minute for each address, and then put off', () => {
    const clock = new ManualClock()
    const ring = new KeyRing(SETTINGS, clock)
    const tries = Array.from({ length: 12 }, (_, at) => outcomeFrom(ring, `guess-${at}`, '10.0.0.1'))
    assert.deepEqual(tries, [...Array(10).fill('forbidden'), 'rate-limited', 'rate-limited'])
    assert.equal(outcomeFrom(ring, 'guess', '10.0.0.2'), 'forbidden')
    clock.advance(6_000)
    assert.equal(outcomeFrom(ring, 'guess', '10.0.0.1'), 'forbidden')
    assert.equal(outcomeFrom(ring, 'guess', '10.0.0.1'), 'rate-limited')
  })

  test('lock nobody out who shares the address', () => {
    const ring = new KeyRing(SETTINGS, new ManualClock())
    for (let tries = 0; tries < 100; tries++) outcomeFrom(ring, 'guess', '10.0.0.1')
    assert.equal(outcomeFrom(ring, 'env', '10.0.0.1'), 'acme')
  })

  test('of all addresses of an IPv6 network count together', () => {
    const ring = new KeyRing(SETTINGS, new ManualClock())
    const tries = Array.from({ length: 11 }, (_, at) => outcomeFrom(ring, 'guess', `2001:db8::${at}`))
    assert.equal(tries.at(-1), 'rate-limited')
    assert.equal(outcomeFrom(ring, 'guess', '2001:db8:0:1::1'), 'forbidden')
  })

  test('may be as many as a setting allows', () => {
    const ring = new KeyRing(SETTINGS, new ManualClock(), null)
    for (let tries = 0; tries < 100; tries++)
      assert.equal(outcomeFrom(ring, 'guess', '10.0.0.1'), 'forbidden')
  })

  test('from ever more addresses take no more memory', () => {
    const ring = new KeyRing(SETTINGS, new ManualClock())
    const from = (at: number) => ring.bad.count(`10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`)
    for (let at = 0; at < 55_000; at++) from(at)
    const before = process.memoryUsage().heapUsed
    for (let at = 55_000; at < 110_000; at++) from(at)
    assert.ok(process.memoryUsage().heapUsed - before < 64 << 20)
  })

  test('are told to come back at the earliest when one is taken again', () => {
    const ring = new KeyRing(SETTINGS, new ManualClock())
    for (let tries = 0; tries < 10; tries++) outcomeFrom(ring, 'guess', '10.0.0.1')
    assert.throws(
      () => callerOf(asked('guess'), ring, 'read'),
      ({ headers }: ProblemError) =>
        Number(headers['retry-after']) >= 6 && Number(headers['retry-after']) <= 9,
    )
  })
})
