// Deliveries of the watch: how often, to whom, and for whom first.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KeyRing } from '../../../lib/http/keys/key-ring.ts'
import { keyOfSetting, type Role } from '../../../lib/http/keys/known-key.ts'
import type { Alert } from '../../../stores/alerts/alerts.ts'
import { ALERT_CREATED_MINUTE, alertOf } from '../../../testing/alert-fixture.ts'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { MemoryAlerts } from '../../../testing/memory-alerts.ts'
import { AlertWatch, watchAlerts } from './alert-watch.ts'
import type { Counted, Counting } from './judge.ts'
import { noted } from './milestones.ts'
import type { SendWebhook, Webhook } from './send-webhook.ts'

const NOW_MS = ALERT_CREATED_MINUTE * 60_000
const SURE: Counted = { count: 0, asOfMs: NOW_MS, isComplete: true, isStale: false }

type More = {
  readonly send?: SendWebhook
  readonly counting?: (clock: ManualClock) => Counting
  readonly mayBeTold?: (tenant: string) => boolean
}

function world(more: More = {}) {
  const clock = new ManualClock(NOW_MS)
  const alerts = new MemoryAlerts()
  const sent: Webhook[] = []
  const errors: unknown[] = []
  const untold: number[] = []
  const metrics = { attempted() {}, waiting() {}, passing() {}, passed() {}, resting() {}, untold() {} }
  const minute = () => Math.floor(clock.nowMs() / 60_000)
  const none: Counting = {
    ...{ reachedMinute: minute(), minutesFrom: 0, endMinute: minute() + 1 },
    count: async () => SURE,
  }
  const watchOf = () =>
    new AlertWatch({
      ...{ alerts, clock, metrics, random: () => 0.999 },
      counting: () => more.counting?.(clock) ?? none,
      onError: (error) => errors.push(error),
      onUntold: (count) => untold.push(count),
      mayBeTold: more.mayBeTold ?? (() => true),
      send: async (webhook, signal) => {
        sent.push(webhook)
        return (await more.send?.(webhook, signal)) ?? { ok: true }
      },
    })
  return { clock, alerts, sent, errors, untold, watch: watchOf(), watchOf }
}

/** An alert that has passed so many thresholds, and told of none. */
function waiting(thresholds: number, more: Partial<Alert> = {}): Alert {
  const list = Array.from({ length: thresholds }, (_, at) => at + 1)
  const alert = alertOf({ kind: 'passes', thresholds: list }, more)
  const findings = list.map((threshold) => ({
    reason: { kind: 'passes', threshold } as const,
    ...{ count: 99, asOfMs: NOW_MS },
  }))
  return noted(alert, findings, NOW_MS)
}

test('a webhook that could not be marked is sent again ever later', async () => {
  const { clock, alerts, sent, errors, watch } = world()
  await alerts.write(waiting(1), null)
  const write = alerts.write.bind(alerts)
  alerts.write = () => Promise.reject(new Error('away'))
  for (let second = 0; second < 100; second++) {
    await watch.pass()
    await watch.settled()
    clock.advance(1_000)
  }
  assert.deepEqual([sent.length, errors.length], [6, 6], 'after 2, 4, 8, 16, 32 s')
  alerts.write = write
  clock.advance(60_000)
  for (let pass = 0; pass < 2; pass++) {
    await watch.pass()
    await watch.settled()
    clock.advance(60_000)
  }
  assert.equal(sent.length, 7)
  assert.equal((await alerts.find('acme', 'a'))!.milestones[0]!.attempts, 1)
})

test('nothing goes to a receiver any more whose alert was removed or changed meanwhile', async () => {
  const stored = waiting(3)
  const other = { ...stored, url: 'https://other.example/', revision: stored.revision + 1 }
  const turned = { ...stored, secret: `whsec_${'A'.repeat(32)}`, revision: stored.revision + 1 }
  const kept: Alert = {
    ...{ ...stored, revision: stored.revision + 1 },
    condition: { kind: 'passes', thresholds: [1, 2, 3, 4_000] },
  }
  for (const [next, expected] of [
    [null, 1],
    [other, 1],
    [turned, 1],
    [kept, 3],
  ] as const) {
    let sends = 0
    const { alerts, sent, errors, watch } = world({
      send: async () => {
        if (sends++ > 0) return { ok: true }
        if (next === null) await alerts.remove('acme', 'a')
        else await alerts.write(next, stored)
        return { ok: true }
      },
    })
    await alerts.write(stored, null)
    await watch.pass()
    await watch.settled()
    assert.deepEqual([sent.length, errors], [expected, []])
    if (next !== other) continue
    await watch.pass()
    await watch.settled()
    assert.deepEqual(
      sent.map(({ url }) => url),
      [stored.url, other.url, other.url],
    )
  }
})

test('nothing is judged or sent of a tenant while no key of it may read', async () => {
  const keys = new KeyRing({ apiKeys: [keyOfSetting('g', 'full', 'globex')], adminKeys: [] })
  const give = (roles: readonly Role[]) =>
    keys.takeFiled(
      roles.map((role) => keyOfSetting(role, role, 'acme')),
      true,
    )
  const minute = NOW_MS / 60_000
  const { clock, alerts, sent, errors, untold, watch } = world({
    mayBeTold: (tenant) => keys.anyAllows(tenant, 'read'),
    counting: () => ({
      ...{ reachedMinute: minute, minutesFrom: 0, endMinute: minute + 1 },
      count: async () => ({ ...SURE, count: 99 }),
    }),
    send: async ({ url }) => {
      if (url.includes('globex')) return { ok: false, error: 'away', isGone: false }
      give(['write']) // while the first of three is under way
      return { ok: true }
    },
  })
  await alerts.write(alertOf({ kind: 'passes', thresholds: [1, 2, 3] }), null)
  const other = { tenant: 'globex', url: 'https://globex.example/' }
  await alerts.write(alertOf({ kind: 'passes', thresholds: [1] }, other), null)
  const sentWith = async (...roles: readonly Role[]) => {
    give(roles)
    await watch.pass()
    await watch.settled()
    clock.advance(3_600_000)
    const hosts = sent.splice(0).map(({ url }) => new URL(url).host)
    return hosts.sort()
  }
  assert.deepEqual(await sentWith('write'), ['globex.example'])
  assert.deepEqual((await alerts.find('acme', 'a'))!.milestones, [])
  assert.deepEqual(await sentWith('write', 'read'), ['globex.example', 'hooks.example'])
  assert.deepEqual(await sentWith(), ['globex.example'])
  assert.deepEqual(await sentWith('full'), ['globex.example', 'hooks.example'])
  assert.deepEqual([untold, errors], [[1, 0, 1, 0], []])
})

test('a window is judged once, also by another process, and written of once', async () => {
  const asked: (number | null)[] = []
  let writes = 0
  const { clock, alerts, sent, watch, watchOf } = world({
    counting: (at) => ({
      reachedMinute: Math.floor(at.nowMs() / 60_000),
      minutesFrom: 0,
      endMinute: Math.floor(at.nowMs() / 60_000) + 1,
      count: async (from, to) => {
        asked.push(from)
        return { ...SURE, count: to % 10 === 0 ? 10 : 1 }
      },
    }),
  })
  const write = alerts.write.bind(alerts)
  alerts.write = (...written) => {
    writes++
    return write(...written)
  }
  await alerts.write(alertOf({ kind: 'rises', factor: 2, windowMinutes: 5, countMin: 1 }), null)
  clock.advance(21 * 60_000)
  await watch.pass()
  await watch.settled()
  assert.equal(asked.length, 8, 'two for each of four windows')
  assert.equal(sent.length, 2)
  assert.equal(writes, 1 + 1 + 2)
  for (const other of [watch, watchOf()]) {
    await other.pass()
    await other.settled()
  }
  assert.deepEqual([asked.length, sent.length, writes], [8, 2, 4])
  clock.advance(5 * 60_000)
  await watchOf().pass()
  assert.deepEqual([asked.length, writes], [10, 5], 'one more window, which tells nothing')
})

test('one tenant with many alerts leaves room for others, and each of them has its turn', async () => {
  const open: (() => void)[] = []
  const { clock, alerts, sent, watch } = world({
    send: async () => {
      await new Promise<void>((resolve) => open.push(resolve))
      return { ok: false, error: 'slow', isGone: false }
    },
  })
  const alert = (tenant: string, at: number) => {
    const alertId = `a${at}`
    const url = `https://${tenant}-${at}.example/`
    return waiting(1, { tenant, alertId, url })
  }
  for (let at = 0; at < 90; at++) await alerts.write(alert('many', at), null)
  await alerts.write(alert('few', 0), null)
  const askedOf = new Map<string, number>()
  for (let round = 0; round < 12; round++) {
    const before = sent.length
    await watch.pass()
    await new Promise((resolve) => setImmediate(resolve))
    const hosts = sent.slice(before).map(({ url }) => new URL(url).host)
    assert.ok(hosts.filter((host) => host.startsWith('many')).length <= 8, hosts.join())
    if (round === 0) assert.ok(hosts.includes('few-0.example'), hosts.join())
    for (const host of hosts) askedOf.set(host, (askedOf.get(host) ?? 0) + 1)
    for (const end of open.splice(0)) end()
    await watch.settled()
    clock.advance(60_000) // all are due again
  }
  assert.equal(askedOf.size, 91)
})

test('nothing is sent where alerts are turned off', async () => {
  for (const [intervalMs, expected] of [
    [0, 0],
    [100, 1],
  ] as const) {
    const { clock, alerts, sent, watch } = world()
    await alerts.write(waiting(1), null)
    const stop = new AbortController()
    const loop = { watch, clock, intervalMs, leads: () => true, random: () => 0, onError: () => {} }
    const watched = watchAlerts(loop, stop.signal)
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
    stop.abort()
    await watched
    assert.equal(sent.length, expected)
  }
})
