import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ApiError, askByLink, askJson } from './api.ts'

test('a body that never ends is an answer that takes too long', async (t) => {
  t.mock.method(globalThis, 'fetch', async (_: unknown, { signal }: { signal: AbortSignal }) => {
    const start = (body: ReadableStreamDefaultController) =>
      signal.addEventListener('abort', () => body.error(signal.reason))
    return new Response(new ReadableStream({ start }))
  })
  askByLink('a token', () => {}) // without one, the key of the tab is looked for
  const asked = askJson('v1/x', new AbortController().signal, {}, 10)
  await assert.rejects(asked, (error) => error instanceof ApiError && /takes too long/.test(error.message))
  const leaving = new AbortController()
  const left = askJson('v1/x', leaving.signal)
  leaving.abort(new Error('the page was left'))
  await assert.rejects(left, /the page was left/)
})
