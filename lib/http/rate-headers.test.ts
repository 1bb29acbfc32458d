import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rateHeaders } from './rate-headers.ts'

const check = (name: string, balance: number, state: string) =>
  test(name, () => {
    const share = { policy: 'tenant', unit: 'events', quota: 100, windowS: 10, balance }
    assert.deepEqual(rateHeaders([share]), {
      'ratelimit-policy': '"tenant";q=100;w=10;qu="events"',
      ratelimit: state,
    })
  })
check('a share that is full', 100, '"tenant";r=100;t=0')
check('half a share', 50.9, '"tenant";r=50;t=5')
check('nothing left', 0, '"tenant";r=0;t=10')
check('more taken than was there', -100, '"tenant";r=0;t=20')

test('several shares are a list', () => {
  const shares = ['key', 'tenant'].map((policy) => ({
    policy,
    unit: 'events',
    quota: 5,
    windowS: 1,
    balance: 5,
  }))
  assert.equal(rateHeaders(shares).ratelimit, '"key";r=5;t=0, "tenant";r=5;t=0')
})
