import assert from 'node:assert/strict'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { keyRing } from '../../testing/key-ring.ts'
import { SettingsReader } from '../settings-reader.ts'
import { registerLogLevel } from './log-level.ts'
import { registerOperations } from './operations.ts'
import { buildServer } from './server.ts'
import { readServerSettings } from './server-settings.ts'
import { startService } from './start-service.ts'

const settings = readServerSettings(new SettingsReader({ LOG_LEVEL: 'silent' }), 0)

/** `adminPort` 0: any free port. */
async function started(adminPort: number | null, keysFile = settings.keysFile) {
  let adminUrl: string | null = null
  const running = await startService(
    'tally-test',
    { ...settings, adminPort, keysFile },
    new AbortController().signal,
    async (service) => {
      registerOperations(service.app, service)
      await service.listen()
      if (service.admin === null) return
      const { port } = service.admin.server.address() as AddressInfo
      adminUrl = `http://localhost:${port}`
    },
  )
  return { ...running, adminUrl: adminUrl as string | null, [Symbol.asyncDispose]: running.stop }
}

const statusOf = async (url: string, init?: RequestInit) => (await fetch(url, init)).status

test('without a port for operators, metrics are where everything else is', async () => {
  await using service = await started(null)
  assert.equal(await statusOf(`${service.url}/metrics`), 200)
  assert.equal(await statusOf(`${service.url}/v1/admin/log-level`), 404)
})

test('with a port for operators, metrics are only there, and health is at both', async () => {
  await using service = await started(0)
  assert.equal(await statusOf(`${service.url}/metrics`), 404)
  assert.equal(await statusOf(`${service.adminUrl}/metrics`), 200)
  for (const url of [service.url, service.adminUrl]) {
    assert.equal(await statusOf(`${url}/health/live`), 200)
    assert.equal(await statusOf(`${url}/health/ready`), 200)
  }
})

test('the level of the log is shown and changed while the process runs', async () => {
  await using service = await started(0)
  const url = `${service.adminUrl}/v1/admin/log-level`
  const put = (body: string) =>
    fetch(url, { method: 'PUT', headers: { 'content-type': 'application/json' }, body })
  assert.deepEqual(await (await fetch(url)).json(), { level: 'silent' })
  assert.deepEqual(await (await put('{"level":"fatal"}')).json(), { level: 'fatal' })
  assert.deepEqual(await (await fetch(url)).json(), { level: 'fatal' })
  const refused = await put('{"level":"loud"}')
  assert.equal(refused.status, 400)
  assert.match(((await refused.json()) as { detail: string }).detail, /must be one of fatal, error, warn/)
})

test('where keys are on, the level of the log needs an admin key', async () => {
  const app = buildServer()
  registerLogLevel(app, keyRing('k=acme', 'root'), [app.log])
  const ask = async (key?: string) => {
    const headers = key === undefined ? {} : { authorization: `Bearer ${key}` }
    return (await app.inject({ url: '/v1/admin/log-level', headers })).statusCode
  }
  assert.deepEqual([await ask(), await ask('k'), await ask('root')], [401, 403, 200])
  const headers = { 'content-type': 'application/json' }
  const put = { method: 'PUT', url: '/v1/admin/log-level', headers, payload: '{' } as const
  assert.equal((await app.inject(put)).statusCode, 401)
})
