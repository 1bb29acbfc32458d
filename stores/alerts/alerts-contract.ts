// What every form of the alerts must do, as tests. A form opens itself empty.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkNames } from '../../testing/arbitrary-name.ts'
import type { Alert, Alerts } from './alerts.ts'

export type AlertsUnderTest = { readonly alerts: Alerts; close(): Promise<void> }

/** Each write is a transaction, which takes its time on real servers. */
const NAMES_RUNS = 4

export function alertsContract(name: string, open: () => Promise<AlertsUnderTest>): void {
  const test = (title: string, run: (alerts: Alerts) => Promise<void>) =>
    it(title, async () => {
      const { alerts, close } = await open()
      try {
        await run(alerts)
      } finally {
        await close()
      }
    })

  describe(name, () => {
    test('holds nothing at first', async (alerts) => {
      assert.deepEqual(await alerts.all(), [])
      assert.deepEqual(await alerts.ofTenant(''), [])
      assert.equal(await alerts.find('', 'a'), null)
      await alerts.remove('', 'a')
    })

    test('gives back what was written, of one tenant or of all', async (alerts) => {
      const written = [alertOf('', 'b'), alertOf('', 'a'), alertOf('acme', 'a'), alertOf('acme-2', 'a')]
      for (const alert of written) assert.ok(await alerts.write(alert, null))
      assert.deepEqual(await alerts.ofTenant(''), [written[1], written[0]])
      assert.deepEqual(await alerts.ofTenant('acme'), [written[2]])
      assert.deepEqual(await alerts.ofTenant('acm'), [])
      assert.deepEqual(await alerts.find('acme-2', 'a'), written[3])
      assert.deepEqual(new Set((await alerts.all()).map(keyOf)), new Set(written.map(keyOf)))
    })

    test('writes only in place of what is expected', async (alerts) => {
      const first = alertOf('', 'a')
      const second = { ...first, revision: 2, url: 'https://second.example/' }
      const other = { ...first, revision: 2, url: 'https://other.example/' }
      assert.equal(await alerts.write(second, first), false, 'there is none')
      assert.ok(await alerts.write(first, null))
      assert.equal(await alerts.write(other, null), false, 'there is one')
      assert.ok(await alerts.write(second, first))
      assert.equal(await alerts.write(other, first), false, 'it was changed')
      assert.equal(
        await alerts.write(other, { ...second, incarnation: 'another' }),
        false,
        'it was made anew',
      )
      assert.deepEqual(await alerts.find('', 'a'), second)
    })

    test('lets one of several win that change the same at once', async (alerts) => {
      const first = alertOf('', 'a')
      await alerts.write(first, null)
      const changes = [1, 2, 3, 4].map((at) => ({ ...first, revision: 2, url: `https://${at}.example/` }))
      const isWritten = await Promise.all(changes.map((alert) => alerts.write(alert, first)))
      assert.equal(isWritten.filter(Boolean).length, 1)
      assert.deepEqual(await alerts.find('', 'a'), changes[isWritten.indexOf(true)])
    })

    test('does not bring back what is removed', async (alerts) => {
      const alert = alertOf('', 'a')
      await alerts.write(alert, null)
      await alerts.remove('', 'a')
      await alerts.remove('', 'a')
      assert.equal(await alerts.write({ ...alert, revision: 2 }, alert), false)
      assert.equal(await alerts.find('', 'a'), null)
      assert.deepEqual(await alerts.all(), [])
      assert.ok(await alerts.write({ ...alert, incarnation: 'anew' }, null))
    })

    test('keeps alerts apart, whatever they are called and say', async (alerts) => {
      await checkNames(async (tenant, names) => {
        const videoIdOf = (at: number) => `${at}\u0000"日本`
        for (const [at, name] of names.entries())
          assert.ok(await alerts.write({ ...alertOf(tenant, name), videoId: videoIdOf(at) }, null))
        for (const [at, name] of names.entries())
          assert.equal((await alerts.find(tenant, name))?.videoId, videoIdOf(at))
      }, NAMES_RUNS)
    })
  })
}

function keyOf({ tenant, alertId }: Alert): string {
  return `${tenant} ${alertId}`
}

function alertOf(tenant: string, alertId: string): Alert {
  return {
    ...{ tenant, alertId, videoId: 'intro', eventType: 'view' },
    condition: { kind: 'passes', thresholds: [1, 1_000_000] },
    url: 'https://hooks.example/tally',
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    incarnation: `made-${tenant}-${alertId}`,
    createdMs: 1_699_920_000_000,
    disabled: null,
    milestones: [
      {
        id: 'msg_1',
        reason: { kind: 'passes', threshold: 1 },
        ...{ count: 7, asOfMs: 1_699_920_000_001, notedMs: 1_699_920_000_002 },
        ...{ attempts: 0, lastError: null, nextAttemptMs: 1_699_920_000_002 },
        ...{ deliveredMs: null, gaveUpMs: null },
      },
    ],
    revision: 1,
  }
}
