// A link from one browser to another: who has it sees that page and nothing else, until it ends.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Page, Request } from 'playwright-core'
import { digestOf, nameOfDigest } from '../../lib/http/keys/known-key.ts'
import { systemClock } from '../../lib/system-clock.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { run } from '../../tools/keys/run-keys.ts'
import { isAccessible } from './accessible.ts'
import { keepScreenshot, PHONE, TestBrowser } from './browser.ts'
import { besideOneTheme } from './one-theme.ts'
import { type Product, startProduct } from './product.ts'

const SIZES = { desk: { width: 1_440, height: 900 }, phone: PHONE }
const TITLE = 'Cats of the harbour, and how they came to own it'
const REFUSED = /status of 40[13]/

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let keysFile: string
let product: Product
let browser: TestBrowser
let owner: string

before(async () => {
  directory = await temporaryDirectory()
  keysFile = join(directory.path, 'keys.json')
  owner = await createKey('full')
  product = await startProduct({ KEYS_FILE: keysFile, ARCHIVE_FLUSH_MS: '1000' })
  browser = await TestBrowser.launch()
  await send(12)
  await post('v1/videos', { videos: [{ videoId: 'cats', title: TITLE, channel: 'Tide Pool' }] })
})
after(async () => {
  await browser[Symbol.asyncDispose]()
  await product[Symbol.asyncDispose]()
  await directory[Symbol.asyncDispose]()
})

async function createKey(role: 'full' | 'read'): Promise<string> {
  const printed: string[] = []
  const key = { role, tenant: 'acme', origins: [], note: '', expiresMs: null }
  const output = { print: (line: string) => void printed.push(line), say: () => {} }
  await run(keysFile, { command: 'create', key }, systemClock, output)
  return printed[0]!
}

async function post(path: string, body: object, key = owner): Promise<Record<string, string>> {
  const headers = { 'content-type': 'application/json', 'x-api-key': key }
  const answer = await fetch(`${product.url}/${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(await answer.text())
  return answer.json() as Promise<Record<string, string>>
}

let sent = 0
async function send(views: number): Promise<void> {
  const events = Array.from({ length: views }, () => ({
    ...{ id: `v${++sent}`, videoId: 'cats', type: 'view', time: Date.now(), value: 9 },
    attributes: { country: 'DE' },
  }))
  await post('v1/events', { events })
}

async function signedIn(path: string, options = {}): Promise<Page & { readonly faults: string[] }> {
  const page = await browser.page(options)
  await page.addInitScript((key) => sessionStorage.setItem('tally-api-key', key), owner)
  await page.goto(`${product.url}/${path}`)
  return page
}

async function headlineIs(page: Page, text: string): Promise<void> {
  const words = page.locator('.digits .visually-hidden').first()
  await words.filter({ hasText: text }).waitFor({ state: 'attached' })
}

async function fitsTheScreen(page: Page): Promise<void> {
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth))
}

/** Makes a link on the page, in as many clicks as it takes. */
async function makeLink(page: Page, expiry?: string): Promise<string> {
  await page.getByRole('button', { name: 'Share', exact: true }).click()
  if (expiry !== undefined) await page.getByRole('combobox', { name: 'Ends in' }).selectOption(expiry)
  await page.getByRole('button', { name: 'Make a link' }).click()
  return (await page.locator('.share-place pre').textContent())!
}

test('a video is shared in two clicks, and seen without a key, live, with nothing beside it', async () => {
  const page = await signedIn('#/video/cats?range=7d')
  await headlineIs(page, '12 views')
  const address = await makeLink(page)
  assert.match(address, /\/#\/shared\/share_[\w-]+\.[\w-]{43}\?range=7d&zone=/)
  assert.deepEqual(page.faults, [])

  const other = await browser.page()
  const requests: Request[] = []
  other.on('request', (request) => requests.push(request))
  await other.goto(address)
  await other.getByRole('heading', { name: TITLE }).waitFor()
  await headlineIs(other, '12 views')
  await other.getByText('Tide Pool').waitFor()
  await other.locator('.breakdown').scrollIntoViewIfNeeded()
  await other.locator('.breakdown-place[aria-busy="false"] table').waitFor()
  await send(3)
  await headlineIs(other, '15 views')
  assert.equal(await other.locator('a:not(.skip)[href]').count(), 0)
  for (const name of ['Share', 'Embed', 'Copy link', 'Find a video']) {
    assert.equal(await other.getByRole('button', { name, exact: true }).count(), 0, name)
  }
  assert.equal(await other.getByRole('combobox', { name: 'Find a video' }).count(), 0)
  assert.equal(await other.evaluate(() => localStorage.getItem('tally-recent')), null)

  const token = /share_[\w.-]+/.exec(address)![0]
  const asked = requests.filter((request) => request.url().includes('/v1/'))
  assert.ok(asked.length >= 4, String(asked.length))
  for (const request of requests) {
    assert.ok(!request.url().replace(/#.*/, '').includes(token), request.url())
    assert.ok(!(request.headers().referer ?? '').includes(token))
  }
  for (const request of asked) assert.equal(request.headers().authorization, `Bearer ${token}`)
  assert.deepEqual(other.faults, [])
})

test('ranges are chosen behind the link, and the address stays one', async () => {
  const { url } = await post('v1/share', { videoId: 'cats' })
  const page = await browser.page()
  await page.goto(url!)
  await headlineIs(page, 'views')
  await page.getByRole('button', { name: 'last hour' }).click()
  await page.locator('.course[aria-busy="false"] canvas').waitFor()
  assert.equal(page.url(), `${url}?range=1h`)
  const download = page.waitForEvent('download')
  await page.getByRole('button', { name: 'CSV' }).click()
  assert.match((await download).suggestedFilename(), /^cats-view-1h\.csv$/)
  await page.goto(`${product.url}/#/video/cats`)
  await page.getByText('This server asks for an API key.').waitFor()
})

test('a channel is shared without its videos', async () => {
  const page = await signedIn('#/channel/Tide%20Pool')
  await page.locator('.course[aria-busy="false"] canvas').waitFor()
  const address = await makeLink(page, 'P30D')
  const other = await browser.page()
  await other.goto(address)
  await other.getByRole('heading', { name: 'Tide Pool' }).waitFor()
  await other.locator('.course[aria-busy="false"] canvas').waitFor()
  assert.equal(await other.locator('.video-table').count(), 0)
  assert.equal(await other.locator('a:not(.skip)[href]').count(), 0)
  await keepScreenshot(other, 'shared-channel')
  assert.deepEqual(other.faults, [])
})

test('a link that is not whole says so', async () => {
  const { url } = await post('v1/share', { videoId: 'cats' })
  for (const address of [url!.slice(0, -9), url!.replace(/.$/, '!'), `${product.url}/#/shared/`]) {
    const page = await browser.page()
    await page.goto(address)
    await page.getByText('This link shows nothing.').waitFor()
    await page.close()
  }
})

test('a link ends with the key that made it, while somebody looks', async () => {
  const key = await createKey('read')
  let link: Record<string, string> | null = null
  while (link === null) link = await post('v1/share', { videoId: 'cats' }, key).catch(() => null)
  const page = await browser.page()
  await page.goto(link.url!)
  await headlineIs(page, 'views')
  const output = { print() {}, say() {} }
  await run(keysFile, { command: 'revoke', names: [nameOfDigest(digestOf(key))] }, systemClock, output)
  await page.getByRole('button', { name: 'last hour' }).click()
  while ((await page.getByText('This link shows nothing.').count()) === 0) {
    await page.waitForTimeout(100)
    const range = page.getByRole('button', { name: 'last 24 hours' })
    if ((await range.count()) > 0) await range.click({ timeout: 1_000 }).catch(() => {})
    const hour = page.getByRole('button', { name: 'last hour' })
    if ((await hour.count()) > 0) await hour.click({ timeout: 1_000 }).catch(() => {})
  }
  await page.getByText('the key that made it is no longer in force').waitFor()
  await keepScreenshot(page, 'shared-ended')
  assert.deepEqual(
    page.faults.filter((fault) => !REFUSED.test(fault)),
    [],
  )
})

for (const [device, size] of Object.entries(SIZES)) {
  for (const scheme of ['light', 'dark'] as const) {
    const title = `on a ${device} in ${scheme} both sides fit the screen, and axe finds nothing serious`
    test(title, { skip: besideOneTheme(device, scheme) }, async () => {
      const page = await signedIn('#/video/cats?range=1h', { size, scheme })
      await page.locator('.course[aria-busy="false"] canvas').waitFor()
      const address = await makeLink(page)
      await fitsTheScreen(page)
      await isAccessible(page)
      await keepScreenshot(page, `share-${device}-${scheme}`)
      const other = await browser.page({ size, scheme })
      await other.goto(address)
      await other.locator('.course[aria-busy="false"] canvas').waitFor()
      await fitsTheScreen(other)
      await isAccessible(other)
      await keepScreenshot(other, `shared-${device}-${scheme}`)
      await page.close()
      await other.close()
    })
  }
}
