import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PageGlobals } from '../runtime.ts'
import { sendBeacon } from './beacon.ts'
import type { Item } from './event-queue.ts'

const item = (seq: number, bytes: number): Item => ({
  ...{ seq, json: JSON.stringify('x'.repeat(bytes - 2)), bytes, atMs: 0, timeMs: 0 },
})

/** What the page's beacon is given. */
async function check(apiKey: string | undefined, items: Item[], isQueued = true) {
  const seen: { url: string; type: string; events: number }[] = []
  const blobs: Blob[] = []
  const navigator = {
    sendBeacon(url: string, body: Blob) {
      seen.push({ url, type: body.type, events: 0 })
      blobs.push(body)
      return isQueued
    },
  }
  const count = sendBeacon({ navigator } as unknown as PageGlobals, 'https://t.test', apiKey, items)
  for (const [i, blob] of blobs.entries()) seen[i]!.events = JSON.parse(await blob.text()).length
  return { count, seen }
}

test('a write key travels in the address, with text that needs no preflight', async () => {
  assert.deepEqual(await check('wk_a&b', [item(1, 10), item(2, 10)]), {
    count: 2,
    seen: [{ url: 'https://t.test/v1/events?key=wk_a%26b', type: 'text/plain', events: 2 }],
  })
})

test('a key that may do more never does', async () => {
  assert.deepEqual(await check('secret', [item(1, 10)]), { count: 0, seen: [] })
})

test('without keys it is JSON', async () => {
  const { seen } = await check(undefined, [item(1, 10)])
  assert.deepEqual(seen, [{ url: 'https://t.test/v1/events', type: 'application/json', events: 1 }])
})

test('as many events as fit into the quota', async () => {
  const items = Array.from({ length: 10 }, (_, seq) => item(seq, 20_000))
  assert.equal((await check(undefined, items)).count, 3)
})

test('what the browser does not take is not handed over', async () => {
  assert.equal((await check(undefined, [item(1, 10)], false)).count, 0)
  assert.equal(sendBeacon({} as unknown as PageGlobals, 'https://t.test', undefined, [item(1, 10)]), 0)
})
