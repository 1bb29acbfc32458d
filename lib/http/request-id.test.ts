import assert from 'node:assert/strict'
import { test } from 'node:test'
import { buildServer } from './server.ts'

test('a request is called in the logs as the balancer calls it by a plain name, else by a number', async () => {
  const lines: string[] = []
  const app = buildServer({ logger: { level: 'info', stream: { write: (line) => void lines.push(line) } } })
  app.get('/', async () => 'ok')
  const given = ['a1B2.c-d:e_f', undefined, 'two words', 'x'.repeat(65), '{"level":60}']
  for (const id of given)
    await app.inject({ url: '/', headers: id === undefined ? {} : { 'x-request-id': id } })
  const ids = new Set(lines.map((line) => (JSON.parse(line) as { reqId: string }).reqId))
  assert.deepEqual(Array.from(ids), ['a1B2.c-d:e_f', 'req-1', 'req-2', 'req-3', 'req-4'])
})
