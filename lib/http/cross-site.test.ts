import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { buildServer } from './server.ts'

const METHODS = ['POST', 'PUT', 'PATCH', 'DELETE'] as const
const SAFE = ['GET', 'HEAD', 'OPTIONS', 'QUERY'] as const

function build() {
  const app = buildServer()
  app.route({ method: [...METHODS, ...SAFE.filter((one) => one !== 'HEAD')], url: '/x', handler: () => ({}) })
  return app
}

async function statusOf(method: string, headers: Record<string, string>): Promise<number> {
  const content = { 'content-type': 'application/json' }
  const body = method === 'QUERY' ? { headers: { ...content, ...headers }, payload: '{}' } : { headers }
  const { statusCode } = await build().inject({ method: method as 'GET', url: '/x', ...body })
  return statusCode
}

describe('a request that may change something', () => {
  const check = (name: string, status: number, headers: Record<string, string>) =>
    test(name, async () => {
      for (const method of METHODS) assert.equal(await statusOf(method, headers), status, method)
    })
  check('is taken from a program', 200, {})
  check('is taken from a page of our own', 200, { 'sec-fetch-site': 'same-origin' })
  check('is taken from the user', 200, { 'sec-fetch-site': 'none' })
  check('is refused from another site', 403, { 'sec-fetch-site': 'cross-site' })
  check('is refused from another origin of the site', 403, { 'sec-fetch-site': 'same-site' })
  check('is refused whatever else the browser may say', 403, { 'sec-fetch-site': 'new-word' })
  const host = 'localhost:8080'
  check('is taken from our own origin', 200, { host, origin: 'http://localhost:8080' })
  check('is taken from our own origin behind https', 200, { host: 'localhost', origin: 'https://localhost' })
  check('is taken whoever writes the usual port', 200, { host: 'localhost:443', origin: 'https://localhost' })
  check('is refused from another origin', 403, { host, origin: 'http://localhost:3000' })
  check('is refused from another host', 403, { host, origin: 'https://evil.example' })
  check('is refused from a page without an origin', 403, { host, origin: 'null' })
  check('is judged by the better sign', 403, {
    ...{ host, origin: 'http://localhost:8080' },
    'sec-fetch-site': 'cross-site',
  })
})

test('what changes nothing is answered, for nobody else can read the answer', async () => {
  for (const method of SAFE) assert.equal(await statusOf(method, { 'sec-fetch-site': 'cross-site' }), 200)
})

test('the refusal is a problem of its own', async () => {
  const headers = { 'sec-fetch-site': 'cross-site' }
  const answer = await build().inject({ method: 'POST', url: '/x', headers })
  assert.equal(answer.json().type, 'urn:tally:problem:cross-site-request')
})
