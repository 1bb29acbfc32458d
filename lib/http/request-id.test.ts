import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildServer } from './server.ts'

/** Asks with each of these ids, and returns what the log and the answers call the requests. */
async function idsFor(given: readonly (string | undefined)[]) {
  const lines: string[] = []
  const app = buildServer({ logger: { level: 'info', stream: { write: (line) => void lines.push(line) } } })
  app.get('/', async () => 'ok')
  const answered: unknown[] = []
  for (const id of given) {
    const headers = id === undefined ? {} : { 'x-request-id': id }
    answered.push((await app.inject({ url: '/', headers })).headers['x-request-id'])
  }
  const logged = new Set(lines.map((line) => (JSON.parse(line) as { reqId: string }).reqId))
  return { logged: Array.from(logged), answered }
}

test('a request is called as its sender calls it by a plain name, in the log and in the answer', async () => {
  const { logged, answered } = await idsFor(['a1B2.c-d:e_f'])
  assert.deepEqual(logged, ['a1B2.c-d:e_f'])
  assert.deepEqual(answered, logged)
})

test('a request without a plain name gets one that no other process gives', async () => {
  const given = [undefined, 'two words', 'x'.repeat(65), '{"level":60}']
  const [one, other] = [await idsFor(given), await idsFor(given)]
  assert.deepEqual(one.answered, one.logged)
  for (const id of one.logged) assert.match(id, /^[0-9a-f]{12}-[1-4]$/)
  assert.equal(new Set([...one.logged, ...other.logged]).size, 2 * given.length)
})

test('an answer that is an error says what the request is called too', async () => {
  const answer = await buildServer().inject({ url: '/nowhere', headers: { 'x-request-id': 'mine' } })
  assert.equal(answer.statusCode, 404)
  assert.equal(answer.headers['x-request-id'], 'mine')
})
