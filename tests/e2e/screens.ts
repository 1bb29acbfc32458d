// Every screen in each of its states, in light and dark, as wide as a telephone, a tablet and a desk: nothing sticks
// out, nothing fails, and axe finds nothing serious. The pictures in artifacts/e2e/screens are for people to look at.
// It takes some minutes, so it is run by itself: npm run e2e -- tests/e2e/screens.ts
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Page } from 'playwright-core'
import { systemClock } from '../../lib/system-clock.ts'
import { HOUR_MS } from '../../model/bucket.ts'
import { anEvent } from '../../testing/dead-letter-fixture.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { run } from '../../tools/keys/run-keys.ts'
import { isAccessible } from './accessible.ts'
import { keepScreenshot, TestBrowser } from './browser.ts'
import { archived, counted, nameVideos, type Product, recounted, startProduct } from './product.ts'

const WIDTHS = { phone: 390, tablet: 1_024, desk: 1_440 } as const
const HEIGHT = 900
const LONG_TITLE = `The whole concert at the harbour in one take: ${'İstanbul, 猫, עברית, Donaudampfschiff '.repeat(3)}`
/** Expected where a test takes the server or the key away. */
const REFUSED = /status of (40[134]|503)|ERR_FAILED|ERR_CONNECTION/

type Screen = {
  readonly hash: string
  readonly ready: string
  /** Beside the open server: one that asks for keys, one that holds nothing. */
  readonly of?: 'keyed' | 'empty'
  readonly key?: 'read' | 'admin' | 'expired'
  /** The server answers nothing from the start. */
  readonly isAway?: boolean
  /** What happens once it is there. */
  readonly next?: (page: Page) => Promise<unknown>
  readonly isPrinted?: boolean
}

const lost = async (page: Page) => {
  await page.route('**/v1/**', (route) => route.abort())
  await page.getByText('Last known').first().waitFor()
}
const opened = (name: string) => (page: Page) => page.getByRole('button', { name, exact: true }).click()
const chart = '.course[aria-busy="false"] canvas'

const SCREENS: Readonly<Record<string, Screen>> = {
  overview: { hash: '#/', ready: `.site ${chart}` },
  'overview-empty': { hash: '#/', ready: '.trouble .notice pre', of: 'empty' },
  'overview-month': { hash: '#/?window=30d', ready: `.site ${chart}` },
  'overview-filtered': { hash: '#/?where=country:DE', ready: `.site ${chart}` },
  channel: { hash: '#/channel/Tide%20Pool', ready: '.video-table tbody a' },
  'channel-filtered': { hash: '#/channel/Tide%20Pool?where=country:DE&where=device:tv', ready: '.chip' },
  'channel-unknown': { hash: '#/channel/nobody', ready: '.unknown' },
  'video-live': { hash: '#/video/cats?range=24h', ready: chart },
  'video-closed': { hash: `#/video/old?from=${dayAgo(2)}&to=${dayAgo(1)}&compare=previous`, ready: chart },
  'video-long-title': { hash: '#/video/long?range=7d', ready: chart },
  'video-unknown': { hash: '#/video/nobody', ready: '.unknown' },
  'video-empty': { hash: '#/video/untouched', ready: '.course .notice' },
  'video-empty-range': { hash: `#/video/cats?from=${dayAgo(5)}&to=${dayAgo(4)}`, ready: '.course .notice' },
  'video-table': { hash: '#/video/cats?range=24h&show=table', ready: '.course-table td' },
  'video-lost': { hash: '#/video/cats?range=24h', ready: chart, next: lost },
  'video-no-answer': { hash: '#/video/cats?range=24h', ready: '.course .notice', isAway: true },
  'video-filtered': { hash: '#/video/cats?where=country:DE', ready: '.chip' },
  'video-embed': { hash: '#/video/cats', ready: chart, next: opened('Embed') },
  'video-share': { hash: '#/video/cats', ready: chart, next: makeLink },
  'video-dates': { hash: `#/video/old?from=${dayAgo(2)}&to=${dayAgo(1)}`, ready: chart, next: openDates },
  'video-printed': { hash: '#/video/cats?range=24h', ready: chart, isPrinted: true },
  shared: { hash: 'shared', ready: chart },
  'shared-broken': { hash: '#/shared/share_x', ready: '.notice' },
  operations: { hash: '#/operations', ready: '.letter-head' },
  'operations-read': { hash: '#/operations', ready: '.notice', of: 'keyed', key: 'read' },
  'sign-in': { hash: '', ready: '.key-form', of: 'keyed' },
  'sign-in-expired': { hash: '', ready: '.key-form', of: 'keyed', key: 'expired' },
  'key-menu': { hash: '#/', ready: chart, of: 'keyed', key: 'admin', next: opened('Your key') },
  keys: { hash: '#/', ready: '.headline', next: (page) => page.keyboard.press('?') },
  nowhere: { hash: '#/nowhere', ready: '.notice' },
  docs: { hash: 'docs', ready: 'article h1' },
  'docs-page': { hash: 'docs/ask', ready: 'article h1' },
  'docs-search': { hash: 'docs', ready: '#search input', next: searchDocs },
  'docs-missing': { hash: 'docs/nope', ready: 'article h1' },
  'docs-api': { hash: 'docs/api', ready: 'h1' },
}

const products = {} as Record<'open' | 'keyed' | 'empty', Product>
const keys = {} as Record<'read' | 'admin' | 'expired', string>
let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let browser: TestBrowser
let token = ''

before(async () => {
  directory = await temporaryDirectory()
  const keysFile = join(directory.path, 'keys.json')
  for (const role of ['read', 'admin'] as const) {
    const key = { role, tenant: 'acme', origins: [], note: '', expiresMs: null }
    const print = (line: string) => {
      keys[role] = line
    }
    await run(keysFile, { command: 'create', key }, systemClock, { print, say: () => {} })
  }
  keys.expired = 'rk_of-yesterday'
  browser = await TestBrowser.launch()
  products.open = await startProduct({}, [anEvent({ timeMs: Date.now(), videoId: 'buried' })])
  products.keyed = await startProduct({ KEYS_FILE: keysFile })
  products.empty = await startProduct()
  await fill(products.open)
  const answer = await post(products.open, 'v1/share', { videoId: 'cats' })
  token = ((await answer.json()) as { token: string }).token
})
after(async () => {
  await browser[Symbol.asyncDispose]()
  for (const product of Object.values(products)) await product[Symbol.asyncDispose]()
  await directory[Symbol.asyncDispose]()
})

for (const scheme of ['light', 'dark'] as const) {
  for (const [device, width] of Object.entries(WIDTHS)) {
    describe(`${scheme}, on a ${device}:`, () => {
      for (const [name, screen] of Object.entries(SCREENS)) {
        test(name, () => looksRight(screen, `${name}-${device}-${scheme}`, scheme, width))
      }
    })
  }
}

async function looksRight(
  screen: Screen,
  name: string,
  scheme: 'light' | 'dark',
  width: number,
): Promise<void> {
  const page = await browser.page({ scheme, size: { width, height: HEIGHT } })
  await show(page, screen)
  const [wide, shown] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
  assert.ok(wide! <= shown!, `${wide} px`)
  if (screen.isPrinted !== true) await isAccessible(page)
  await keepScreenshot(page, `screens/${name}`, true)
  const faults = page.faults.filter((fault) => !REFUSED.test(fault))
  assert.deepEqual(faults, [])
  await page.context().close()
}

async function show(page: Page, screen: Screen): Promise<void> {
  const { hash, ready, of = 'open', key, isAway, next, isPrinted } = screen
  if (key !== undefined) {
    await page.addInitScript((kept) => sessionStorage.setItem('tally-api-key', kept), keys[key])
  }
  if (isAway) await page.route('**/v1/**', (route) => route.abort())
  await page.goto(`${products[of].url}/${hash === 'shared' ? `#/shared/${token}` : hash}`)
  if (ready.startsWith('.video-table')) await page.locator('.videos-panel').scrollIntoViewIfNeeded()
  await page.locator(ready).first().waitFor()
  await seeAll(page)
  await next?.(page)
  if (isPrinted) await page.emulateMedia({ media: 'print' })
}

/** What is below the screen is loaded when it is nearly seen. */
async function seeAll(page: Page): Promise<void> {
  const panel = page.locator('.breakdown:visible')
  if ((await panel.count()) === 0) return
  await panel.first().scrollIntoViewIfNeeded()
  await page.locator('.breakdown-place > *').first().waitFor()
  await page.evaluate(() => scrollTo(0, 0))
}

async function makeLink(page: Page): Promise<void> {
  await opened('Share')(page)
  await page.getByRole('button', { name: 'Make a link' }).click()
  await page.locator('.share-place pre').waitFor()
  const [wide, shown] = await page
    .locator('.popover:popover-open')
    .evaluate((one) => [one.scrollWidth, one.clientWidth])
  assert.ok(wide! <= shown!, `${wide} px in ${shown} px`)
}

async function openDates(page: Page): Promise<void> {
  await page.locator('.controls-group button[popovertarget]').first().click()
}

async function searchDocs(page: Page): Promise<void> {
  await page.getByRole('searchbox').fill('country')
  await page.locator('#search li').first().waitFor()
}

function post({ url }: Product, path: string, body: object): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return fetch(`${url}/${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
}

/** A video that goes on, one that is over, one with a long title, and one of which only the title is known. */
async function fill(product: Product): Promise<void> {
  const nowMs = Date.now()
  const countries = ['DE', 'FR', 'JP', 'BR', null]
  const events = Array.from({ length: 600 }, (_, i) => {
    const isOver = i % 6 === 0
    const videoId = isOver ? 'old' : ['cats', 'cats', 'dogs', 'long', 'cats'][i % 5]
    const country = countries[i % 5]
    return {
      ...{ id: `screen-${i}`, videoId, type: i % 9 === 0 ? 'like' : 'view', value: 30 + (i % 70) },
      ...{ viewerId: `viewer-${i % 80}`, time: nowMs - (isOver ? 36 * HOUR_MS : 0) - (i % 60) * 8_000 },
      attributes: { ...(country && { country }), device: i % 3 === 0 ? 'tv' : 'phone' },
    }
  })
  await post(product, 'v1/events', { events })
  const channel = 'Tide Pool'
  await nameVideos(product, [
    { videoId: 'cats', title: 'Two cats', channel, durationSeconds: 95 },
    { videoId: 'dogs', title: 'Dogs at sea', channel },
    { videoId: 'long', title: LONG_TITLE, channel },
    { videoId: 'old', title: 'A film of last week', channel },
    { videoId: 'untouched', title: 'Comes tomorrow', channel },
  ])
  await counted(product, 400)
  await archived(product, 'cats')
  await recounted(product, 'old')
}

/** A date, so that what is asked for is over. */
function dayAgo(days: number): string {
  return new Date(Date.now() - days * 24 * HOUR_MS).toISOString().slice(0, 10)
}
