import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { allowOrigins, parseAllowedOrigins } from './cross-origin.ts'
import { buildServer } from './server.ts'

const A = 'https://a.example'

async function ask(setting: string | undefined, url: string, origin: string, method: 'GET' | 'POST' = 'GET') {
  const app = buildServer()
  allowOrigins(app, parseAllowedOrigins(setting))
  app.get('/v1/videos/:videoId/stats', async () => ({ value: 1 }))
  app.get('/v1/audit', async () => ({}))
  app.get('/v1/live', (_request, reply) => {
    reply.hijack()
    reply.raw.writeHead(200, { 'content-type': 'text/event-stream' }).end()
  })
  app.post('/v1/events', async () => ({}))
  const { headers } = await app.inject({ method, url, headers: { origin } })
  return headers
}

const STATS = '/v1/videos/cats/stats'
const allowed = (headers: { 'access-control-allow-origin'?: string | undefined }) =>
  headers['access-control-allow-origin']

describe('a page of another site', () => {
  const check = (name: string, expected: string | undefined, ...asked: Parameters<typeof ask>) =>
    test(name, async () => assert.equal(allowed(await ask(...asked)), expected))
  check('reads nothing unless it is allowed', undefined, undefined, STATS, A)
  check('reads counts where its origin is named', A, `https://b.example,${A}`, STATS, A)
  check('follows counts too', A, A, '/v1/live', A)
  check('reads nothing where only others are named', undefined, 'https://b.example', STATS, A)
  check('reads counts where all may', '*', '*', STATS, A)
  check('never reads the audit', undefined, '*', '/v1/audit', A)
  check('never writes', undefined, '*', '/v1/events', A, 'POST')
  check('finds nothing where there is nothing', undefined, '*', '/v1/nothing', A)
})

describe('the setting', () => {
  const refused = (setting: string) =>
    test(`refuses ${setting}`, () =>
      assert.throws(() => parseAllowedOrigins(setting), /must be \* or origins/))
  refused('a.example')
  refused('https://a.example/')
  refused('https://a.example,*')
  refused('https://A.example')
  refused('null')
})
