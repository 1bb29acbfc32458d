import assert from 'node:assert/strict'
import { afterEach, mock, test } from 'node:test'
import { askTitle } from './video-title.ts'

Object.assign(globalThis, { sessionStorage: { getItem: () => null } })
afterEach(() => mock.restoreAll())

function askedWhere(answer: () => Promise<Response>) {
  mock.method(globalThis, 'fetch', answer)
  return askTitle('cats', new AbortController().signal)
}

test('only a 404 says that a video has no title', async () => {
  assert.deepEqual(await askedWhere(async () => Response.json({ title: 'Cats' })), { title: 'Cats' })
  assert.equal(await askedWhere(async () => Response.json({}, { status: 404 })), null)
  assert.equal(await askedWhere(async () => Response.json({}, { status: 503 })), undefined)
  assert.equal(await askedWhere(() => Promise.reject(new Error('no connection'))), undefined)
})
