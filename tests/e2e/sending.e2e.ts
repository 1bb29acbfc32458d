// The SDK in pages that end at the worst moment: each event is counted once, none is lost.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { createClient } from '../../sdk/src/node/index.ts'
import { until } from '../../testing/until.ts'
import { offerSdk, TestBrowser } from './browser.ts'
import { type Product, startProduct } from './product.ts'

const EVENTS = 100
/** As long as a client waits before it looks again for events of pages that are gone. */
const RECLAIM_MS = 30_000

let product: Product
let browser: TestBrowser

before(async () => {
  product = await startProduct()
  browser = await TestBrowser.launch()
})
after(async () => {
  await browser[Symbol.asyncDispose]()
  await product[Symbol.asyncDispose]()
})

/** A page of the product's origin that has nothing but the SDK. `neighbour`: a tab of the same browser profile. */
async function openPage(neighbour?: Page): Promise<Page> {
  const page = neighbour ? await neighbour.context().newPage() : await browser.page()
  await offerSdk(page)
  await page.route('**/blank-for-test', (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>Player</title>' }),
  )
  await page.goto(`${product.url}/blank-for-test`)
  return page
}

type Started = { readonly videoId: string; readonly events: number; readonly stores: boolean }

/** Makes a sender in the page, and tracks that many views with it. */
async function track(page: Page, started: Started): Promise<void> {
  await page.evaluate(async ({ videoId, events, stores }) => {
    const [send, persist] = ['/sdk-for-test/send.ts', '/sdk-for-test/persist.ts']
    const { createSender } = await import(send)
    const { createPageStore } = await import(persist)
    const tally = createSender({ url: location.origin, ...(stores && { store: createPageStore() }) })
    for (let i = 0; i < events; i++) tally.track({ videoId, type: 'view' })
    Object.assign(globalThis, { tally })
  }, started)
}

async function storedEvents(page: Page): Promise<number> {
  return page.evaluate(async () => {
    const databases = await indexedDB.databases()
    if (!databases.some(({ name }) => name === 'tally')) return 0
    return new Promise<number>((resolve) => {
      const opening = indexedDB.open('tally')
      opening.onsuccess = () => {
        const counting = opening.result.transaction('events').objectStore('events').count()
        counting.onsuccess = () => {
          opening.result.close()
          resolve(counting.result)
        }
      }
    })
  })
}

/** Waits until that many are counted, and then that all who sent have nothing left. */
async function checkCounted(videoId: string, events: number): Promise<void> {
  const reader = createClient({ url: product.url })
  let value: number | null = null
  await until(`${events} views of ${videoId}`, async () => {
    value = (await reader.getStats(videoId, 'view', 'count')).value
    return value !== null && value >= events
  })
  assert.equal(value, events)
}

/** The browser ends the page's process, as it does when memory is short. */
async function kill(page: Page): Promise<void> {
  const crashed = page.waitForEvent('crash')
  page.goto('chrome://crash').catch(() => {})
  await crashed
}

test('a tab that is killed while its request is under way loses nothing, and nothing is counted twice', async () => {
  const page = await openPage()
  let arrived = 0
  await page.route('**/v1/events', async (route) => {
    await route.fetch() // the server stores them, and the page never hears of it
    arrived++
  })
  await track(page, { videoId: 'killed', events: EVENTS, stores: true })
  await until('all are kept', async () => (await storedEvents(page)) === EVENTS)
  await until('a request is under way', async () => arrived > 0)
  const next = await openPage(page)
  await kill(page)
  await track(next, { videoId: 'killed', events: 0, stores: true })
  await until('nothing is left', async () => (await storedEvents(next)) === 0)
  await checkCounted('killed', EVENTS)
})

test('a page that is reloaded while it is offline sends later what it could not', async () => {
  const page = await openPage()
  await page.route('**/v1/events', (route) => route.abort('internetdisconnected'))
  await track(page, { videoId: 'reloaded', events: EVENTS, stores: true })
  await until('all are kept', async () => (await storedEvents(page)) === EVENTS)
  await page.reload()
  assert.equal(await storedEvents(page), EVENTS)
  await page.unroute('**/v1/events')
  await track(page, { videoId: 'reloaded', events: 0, stores: true })
  await until('nothing is left', async () => (await storedEvents(page)) === 0)
  await checkCounted('reloaded', EVENTS)
})

test('a second tab that lives takes over what a closed one left', async () => {
  const page = await openPage()
  const second = await openPage(page)
  await second.clock.install()
  await track(second, { videoId: 'second', events: 0, stores: true })
  await page.route('**/v1/events', (route) => route.abort('internetdisconnected'))
  await track(page, { videoId: 'second', events: EVENTS, stores: true })
  await until('all are kept', async () => (await storedEvents(page)) === EVENTS)
  await page.close() // not a crash: tabs of one origin may share the process that would end
  await until('nothing is left', async () => {
    await second.clock.fastForward(RECLAIM_MS)
    return (await storedEvents(second)) === 0
  })
  await checkCounted('second', EVENTS)
})

test('two tabs that live keep to their own', async () => {
  const page = await openPage()
  const second = await openPage(page)
  await Promise.all([
    track(page, { videoId: 'both', events: EVENTS, stores: true }),
    track(second, { videoId: 'both', events: EVENTS, stores: true }),
  ])
  await until('nothing is left', async () => (await storedEvents(page)) === 0)
  await checkCounted('both', 2 * EVENTS)
})

test('a page that is left sends its events while it ends', async () => {
  const page = await openPage()
  await page.evaluate(() => document.title) // the page is there
  await track(page, { videoId: 'left', events: 15, stores: false }) // fewer than a batch: they wait
  await page.goto('about:blank')
  await checkCounted('left', 15)
})

test('what does not fit into the quota of a page that ends is kept for the next', async () => {
  const page = await openPage()
  await page.route('**/v1/events', (route) => route.abort('internetdisconnected'))
  await track(page, { videoId: 'quota', events: 600, stores: true }) // some 75 KB
  await until('all are kept', async () => (await storedEvents(page)) === 600)
  await page.unroute('**/v1/events')
  await page.goto('about:blank')
  const next = await openPage(page)
  await track(next, { videoId: 'quota', events: 0, stores: true })
  await until('nothing is left', async () => (await storedEvents(next)) === 0)
  await checkCounted('quota', 600)
})
