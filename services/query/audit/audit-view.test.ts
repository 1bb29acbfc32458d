import assert from 'node:assert/strict'
import { test } from 'node:test'
import { auditOf } from '../../../stores/counts/rollups-contract.ts'
import { keyRing } from '../../../testing/key-ring.ts'
import { MemoryJournal } from '../../../testing/memory-journal.ts'
import { MemoryRollups } from '../../../testing/memory-rollups.ts'
import { serve } from '../../../testing/query-fixture.ts'

const NOW = Date.parse('2026-11-21T12:00:30Z')
const HOUR = Date.parse('2026-11-21T10:00Z') / 60_000
const ALERT = { videoId: 'launch-film', count: 4_711 }

async function audits() {
  const [rollups, journal] = [new MemoryRollups(), new MemoryJournal()]
  await rollups.writeHours([auditOf(HOUR, 1)])
  await rollups.writeReconciled({ version: 1, toMinute: HOUR, exceptHours: [] })
  const probe = { startedMs: NOW, ok: false, events: 10, latencyMs: null, detail: 'connect 10.0.0.7:8080' }
  await journal.append('weak-audit', { atMs: NOW, key: 'probe', body: probe })
  const alerts = [probe, auditOf(HOUR, 1), { ...ALERT, tenant: 'bob' }, { ...ALERT, tenant: 'alice' }]
  for (const [at, body] of alerts.entries()) await journal.append('alerts', { atMs: at, key: `${at}`, body })
  return { rollups, journal }
}

async function ask(key: string | null, { keys = 'a=alice,b=bob', adminKeys = 'boss' } = {}) {
  const { counts, get } = await serve([], {
    audits: await audits(),
    keys: keyRing(keys, adminKeys === '' ? undefined : adminKeys),
  })
  const ledger = { records: 5, events: 815, counted: 815, duplicate: 0, late: 0, dead: 0, deadRecords: 0 }
  await counts.writeCheckpoint('b-0', { offset: 4, logTimeMs: NOW, ledger })
  return get('/v1/audit', key === null ? {} : { 'x-api-key': key })
}

test('a tenant sees how well the system is, and of all else only what is its own', async () => {
  assert.deepEqual((await ask('a')).json(), {
    scope: 'tenant',
    weak: [{ startedAt: '2026-11-21T12:00:30.000Z', ok: false, events: 10, latencyMs: null, detail: null }],
    strong: { reconciledTo: '2026-11-21T10:00:00Z', hoursExcepted: 0, hours: [] },
    alerts: [{ time: '1970-01-01T00:00:00.003Z', about: '3', detail: { ...ALERT, tenant: 'alice' } }],
    ledger: [],
    meta: { asOf: '2026-11-21T12:00:30.000Z', stale: false },
  })
  assert.doesNotMatch((await ask('b')).body, /alice|815|10\.0\.0/)
})

test('an admin sees all of it, with a key that is no tenant has', async () => {
  const { scope, ledger, strong, alerts } = (await ask('boss')).json()
  assert.deepEqual([scope, ledger[0].events, strong.totals.hours, alerts.length], ['system', 815, 1, 4])
})

test('without keys everybody sees all of it, for there is one tenant', async () => {
  assert.equal((await ask(null, { keys: '', adminKeys: '' })).json().scope, 'system')
  assert.equal((await ask(null, { keys: '' })).json().scope, 'system')
})

test('nobody else sees any of it', async () => {
  assert.equal((await ask(null)).statusCode, 401)
  assert.equal((await ask('c')).statusCode, 403)
  assert.equal((await ask('boss', { adminKeys: '' })).statusCode, 403)
})
