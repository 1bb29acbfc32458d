import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { PageGlobals } from '../runtime.ts'
import { beacon } from './beacon.ts'
import type { Item } from './event-queue.ts'

const item = (seq: number, bytes: number): Item => ({
  ...{ seq, json: JSON.stringify(`${seq}`.padEnd(bytes - 2, 'x')), bytes, atMs: 0, timeMs: 0 },
})

/** What the page's beacon is given, each time that it is called with these events. */
async function check(apiKey: string | undefined, calls: Item[][], isQueued = true) {
  const blobs: [string, Blob][] = []
  const navigator = {
    sendBeacon(url: string, body: Blob) {
      blobs.push([url, body])
      return isQueued
    },
  }
  const send = beacon({ navigator } as unknown as PageGlobals, 'https://t.test', apiKey)
  for (const items of calls) send(items)
  const events = async (body: Blob) =>
    (JSON.parse(await body.text()) as string[]).map((text) => Number.parseInt(text, 10))
  return Promise.all(blobs.map(async ([url, body]) => ({ url, type: body.type, events: await events(body) })))
}

test('a write key travels in the address, with text that needs no preflight', async () => {
  assert.deepEqual(await check('wk_a&b', [[item(1, 10), item(2, 10)]]), [
    { url: 'https://t.test/v1/events?key=wk_a%26b', type: 'text/plain', events: [1, 2] },
  ])
})

test('a key that may do more never does', async () => {
  assert.deepEqual(await check('secret', [[item(1, 10)]]), [])
})

test('without keys it is JSON', async () => {
  assert.deepEqual(await check(undefined, [[item(1, 10)]]), [
    { url: 'https://t.test/v1/events', type: 'application/json', events: [1] },
  ])
})

test('as many events as fit into the quota, and the next time those that did not', async () => {
  const items = Array.from({ length: 5 }, (_, i) => item(i + 1, 20_000))
  const sent = await check(undefined, [items, items, items])
  assert.deepEqual(
    sent.map(({ events }) => events),
    [
      [1, 2, 3],
      [4, 5],
    ],
  )
})

test('what the browser does not take is handed over again', async () => {
  const sent = await check(undefined, [[item(1, 10)], [item(1, 10)]], false)
  assert.equal(sent.length, 2)
})

test('a page without beacons sends none', () => {
  beacon({} as unknown as PageGlobals, 'https://t.test', undefined)([item(1, 10)])
})
