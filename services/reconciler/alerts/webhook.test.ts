import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alertOf } from '../../../testing/alert-fixture.ts'
import { noted } from './milestones.ts'
import { isSecret, newSecret, signedHeaders, testBody, webhookBody } from './webhook.ts'

/** As other implementations of the Standard Webhooks test themselves. */
test('signs as the Standard Webhooks say', () => {
  const headers = signedHeaders(
    'msg_p5jXN8AQM9LWM0D4loKWxJek',
    '{"test": 2432232314}',
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    1_614_265_330_999,
  )
  assert.deepEqual(headers, {
    'content-type': 'application/json',
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  })
})

test('makes secrets that are secrets, and takes those of others', () => {
  assert.ok(isSecret(newSecret()))
  assert.notEqual(newSecret(), newSecret())
  const check = (bytes: number, expected: boolean) =>
    assert.equal(isSecret(`whsec_${Buffer.alloc(bytes, 7).toString('base64')}`), expected, String(bytes))
  for (const [bytes, expected] of [
    [23, false],
    [24, true],
    [32, true],
    [64, true],
    [65, false],
  ] as const)
    check(bytes, expected)
  for (const given of [
    '',
    'whsec_',
    'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    'whsec_not base64 at all, or is it',
    7,
  ])
    assert.equal(isSecret(given), false, String(given))
})

test('a webhook says what happened, in the same words each time', () => {
  const alert = alertOf({ kind: 'rises', factor: 2, windowMinutes: 5, countMin: 1 })
  const reason = { kind: 'rises', from: 29_000_000, to: 29_000_005, countBefore: 3 } as const
  const asOfMs = Date.parse('2026-11-21T08:00:01.500Z')
  const { milestones } = noted(alert, [{ reason, count: 9, asOfMs }], asOfMs + 1)
  const body = JSON.parse(webhookBody(alert, milestones[0]!))
  const { id, ...data } = body.data
  assert.deepEqual(
    { ...body, data },
    {
      type: 'alert.rises',
      timestamp: '2026-11-21T08:00:01.501Z',
      data: {
        ...{ alertId: 'a', videoId: 'intro', eventType: 'view', count: 9 },
        startTime: '2025-02-19T21:20:00Z',
        endTime: '2025-02-19T21:25:00Z',
        countBefore: 3,
        asOf: '2026-11-21T08:00:01.500Z',
      },
    },
  )
  assert.equal(id, milestones[0]!.id)
  assert.equal(JSON.parse(testBody(alert, 'msg_test', asOfMs)).type, 'alert.test')
})
