// A page that is not ours, on another origin than the server, sends with a write key.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { systemClock } from '../../lib/system-clock.ts'
import { createClient } from '../../sdk/src/node/index.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { until } from '../../testing/until.ts'
import { run } from '../../tools/keys/run-keys.ts'
import { TestBrowser } from './browser.ts'
import { type PlayerSite, startPlayerSite } from './player-site.ts'
import { type Product, startProduct } from './product.ts'

const EVENTS = 100
const TENANT = 'acme'

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let listed: PlayerSite
let unlisted: PlayerSite
let product: Product
let browser: TestBrowser
let writeKey: string
let readKey: string

before(async () => {
  directory = await temporaryDirectory()
  listed = await startPlayerSite()
  unlisted = await startPlayerSite()
  const keysFile = join(directory.path, 'keys.json')
  writeKey = await createKey(keysFile, 'write', [listed.url])
  readKey = await createKey(keysFile, 'read', [])
  const countries = { TRUST_PROXY: 'loopback', COUNTRY_HEADER: 'X-Country', ARCHIVE_FLUSH_MS: '200' }
  product = await startProduct({ KEYS_FILE: keysFile, ...countries })
  browser = await TestBrowser.launch()
})
after(async () => {
  await browser[Symbol.asyncDispose]()
  await product[Symbol.asyncDispose]()
  await unlisted[Symbol.asyncDispose]()
  await listed[Symbol.asyncDispose]()
  await directory[Symbol.asyncDispose]()
})

async function createKey(file: string, role: 'write' | 'read', origins: readonly string[]): Promise<string> {
  const printed: string[] = []
  const key = { role, tenant: TENANT, origins, note: '', expiresMs: null }
  const output = { print: (line: string) => void printed.push(line), say: () => {} }
  await run(file, { command: 'create', key }, systemClock, output)
  return printed[0]!
}

async function openPage(site: PlayerSite): Promise<Page> {
  const page = await browser.page()
  await page.goto(site.url)
  return page
}

type Sent = { readonly videoId: string; readonly events: number }

/** Tracks that many views in the page, by a client that is left there as `tally`, and what became of them as `told`. */
async function track(page: Page, sent: Sent): Promise<void> {
  await page.evaluate(
    async ({ url, apiKey, videoId, events }) => {
      const path = '/sdk/src/index.ts'
      const { createClient } = await import(path)
      const told: string[] = []
      const onDropped = (dropped: readonly unknown[], reason: string, error?: { code: string }) =>
        told.push(`${dropped.length} ${reason} ${error?.code}`)
      const tally = createClient({ url, apiKey, onDropped })
      for (let i = 0; i < events; i++) tally.track({ videoId, type: 'view' })
      Object.assign(globalThis, { tally, told })
    },
    { url: product.url, apiKey: writeKey, ...sent },
  )
}

const views = async (videoId: string): Promise<number | null> =>
  (await createClient({ url: product.url, apiKey: readKey }).getStats(videoId, 'view', 'count')).value

function checkCounted(videoId: string, events: number): Promise<void> {
  return until(`${events} views of ${videoId} are counted`, async () => (await views(videoId)) === events)
}

test('its events are counted once each', async () => {
  const page = await openPage(listed)
  await track(page, { videoId: 'sent', events: EVENTS })
  await page.evaluate('tally.flush({ timeoutMs: 10_000 })')
  const delivered = { captured: EVENTS, delivered: EVENTS, rejected: 0, dropped: 0, pending: 0 }
  assert.deepEqual(await page.evaluate('tally.ledger()'), delivered)
  await checkCounted('sent', EVENTS)
})

test('those of a page that ends too, though nobody is left to hear the answer', async () => {
  const page = await openPage(listed)
  await track(page, { videoId: 'left', events: 15 }) // fewer than a batch: they wait
  await page.goto('about:blank')
  await checkCounted('left', 15)
})

test('a beacon needs no question first', async () => {
  const page = await openPage(listed)
  const isQueued = await page.evaluate(
    ([url, key]) => {
      const event = { id: 'beacon-1', videoId: 'beacon', type: 'view', time: Date.now() }
      return navigator.sendBeacon(`${url}/v1/events?key=${key}`, JSON.stringify([event]))
    },
    [product.url, writeKey],
  )
  assert.equal(isQueued, true)
  await checkCounted('beacon', 1)
})

test('its viewers are shown by country, device and where they came from', async () => {
  const page = await openPage(listed)
  // What a CDN before the server adds on the way: the page itself may not send it.
  await page.route(`${product.url}/v1/events*`, async (route) => {
    const headers = { ...(await route.request().allHeaders()), 'x-country': 'NZ' }
    await route.fulfill({ response: await route.fetch({ headers }) })
  })
  await page.goto(`${listed.url}/?utm_source=letter`, { referer: 'https://news.example/private/path' })
  await page.evaluate(
    async ({ url, apiKey }) => {
      const [sdk, ofPage] = ['/sdk/src/index.ts', '/sdk/src/page.ts']
      const { createClient } = await import(sdk)
      const { pageAttributes } = await import(ofPage)
      const tally = createClient({ url, apiKey })
      tally.track({ videoId: 'seen', type: 'view', attributes: pageAttributes() })
      await tally.flush({ timeoutMs: 10_000 })
    },
    { url: product.url, apiKey: writeKey },
  )
  const dashboard = await browser.page()
  await dashboard.addInitScript((key) => sessionStorage.setItem('tally-api-key', key), readKey)
  const reader = createClient({ url: product.url, apiKey: readKey })
  await until(
    'the view is archived',
    async () => (await reader.getBreakdown('seen', 'country', 'view', 'count')).total === 1,
  )
  await dashboard.goto(`${product.url}/#/video/seen`)
  const panel = dashboard.getByRole('region', { name: 'Breakdown' })
  await panel.scrollIntoViewIfNeeded()
  await panel.getByRole('rowheader', { name: 'New Zealand' }).waitFor()
  for (const [tab, row] of [
    ['Device', 'desktop'],
    ['Referrer', 'news.example'],
  ] as const) {
    await panel.getByRole('button', { name: tab }).click()
    await panel.getByRole('rowheader', { name: row }).waitFor()
  }
})

test('its key reads nothing', async () => {
  const page = await openPage(listed)
  const status = await page.evaluate(
    async ([url, key]) => {
      const answer = fetch(`${url}/v1/videos/sent/stats?eventType=view`, { headers: { 'x-api-key': key! } })
      return answer.then(({ status }) => String(status)).catch(() => 'kept from the page')
    },
    [product.url, writeKey],
  )
  assert.ok(status === '403' || status === 'kept from the page', status)
})

test('a page of an origin that is not listed sends nothing, and is told', async () => {
  const page = await openPage(unlisted)
  await track(page, { videoId: 'foreign', events: 5 })
  await page.evaluate('tally.flush({ timeoutMs: 10_000 })')
  assert.deepEqual(await page.evaluate('told'), ['5 refused cross_origin_refused'])
  assert.equal(await views('foreign'), 0)
})
