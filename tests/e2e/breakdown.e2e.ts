// A video by country and device: rows, tabs, links, and how often the page asks.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { MINUTE_MS } from '../../model/bucket.ts'
import { DESKTOP, keepScreenshot, PHONE, sendInPage, TestBrowser } from './browser.ts'
import { archived, nameVideos, type Product, startProduct } from './product.ts'

const HOSTILE = '<img src=x onerror=alert(1)>'
const COUNTRIES = ['DE', 'DE', 'DE', 'DE', 'FR', 'FR', 'JP', HOSTILE, null, null]
const VIEWS = 40
const ASKS = /\/breakdown\?/

let product: Product
let browser: TestBrowser

before(async () => {
  product = await startProduct()
  browser = await TestBrowser.launch()
  const page = await browser.page()
  await page.goto(product.url)
  const views = Array.from({ length: VIEWS }, (_, i) => {
    const country = COUNTRIES[i % COUNTRIES.length]
    const attributes = country === null ? {} : { country, device: i % 4 === 0 ? 'tv' : 'phone' }
    return { videoId: 'cats', type: 'view', value: 10, attributes }
  })
  await sendInPage(page, [...views, { videoId: 'plain', type: 'view' }])
  await page.close()
  await nameVideos(product, [{ videoId: 'cats', title: 'Cats', channel: 'Pets' }])
  for (const videoId of ['cats', 'plain']) await archived(product, videoId)
})
after(async () => {
  await browser[Symbol.asyncDispose]()
  await product[Symbol.asyncDispose]()
})

/** The attributes that the page asks by. Its clock stands still: it asks again only if a test moves the clock. */
async function questionsOf(page: Page): Promise<readonly string[]> {
  await page.clock.install()
  await page.clock.pauseAt(Date.now() + MINUTE_MS)
  const asked: string[] = []
  page.on('request', (request) => {
    if (ASKS.test(request.url())) asked.push(new URL(request.url()).searchParams.get('by')!)
  })
  return asked
}

async function fitsTheScreen(page: Page): Promise<void> {
  const [wide, screen] = await page.evaluate(() => [document.body.scrollWidth, innerWidth])
  assert.ok(wide! <= screen!, `${wide} px`)
}

test('views are shown by country, and by device after a click', async () => {
  const page = await browser.page()
  const asked = await questionsOf(page)
  await page.goto(`${product.url}/#/video/cats`)
  await page.clock.runFor(1) // a timer shows the view
  await page.getByRole('heading', { name: 'Views by country' }).waitFor()
  const panel = page.getByRole('region', { name: 'Breakdown' })
  await panel.getByRole('rowheader', { name: 'Germany' }).waitFor()
  const texts = await panel
    .locator('tbody tr')
    .evaluateAll((rows) => rows.map((row) => Array.from(row.children, (cell) => cell.textContent).join(' ')))
  assert.deepEqual(texts.slice(0, 1), ['Germany 16 40%'])
  assert.deepEqual(
    texts.slice(1).sort(),
    ['France 8 20%', 'Japan 4 10%', 'Unknown 8 20%', `${HOSTILE} 4 10%`].sort(),
  )
  assert.equal(await panel.locator('tfoot').textContent(), 'Total40100%')
  await panel.getByText('As of').waitFor()

  await page.getByRole('switch', { name: 'Table' }).check()
  await page.locator('.course-table').getByRole('columnheader', { name: 'Views' }).waitFor()
  await panel.getByRole('button', { name: 'Device' }).click()
  await panel.getByRole('rowheader', { name: 'phone' }).waitFor()
  await page.getByRole('heading', { name: 'Views by device' }).waitFor()
  assert.equal(new URL(page.url()).hash, '#/video/cats?show=table&dimension=device')
  assert.deepEqual(asked, ['country', 'device'], 'once for each view of it')
  await panel.getByRole('button', { name: 'Bots' }).click()
  await panel.getByRole('row', { name: 'Browsers without a screen 40 100%' }).waitFor()
  assert.deepEqual(page.faults, [])
})

test('averages are shown without shares', async () => {
  const page = await browser.page()
  await page.goto(`${product.url}/#/video/cats?measure=average&dimension=device`)
  const panel = page.getByRole('region', { name: 'Breakdown' })
  await panel.getByRole('row', { name: 'tv 10 s' }).waitFor()
  assert.deepEqual(await panel.getByRole('columnheader').allTextContents(), ['Device', 'Average view'])
  assert.deepEqual(page.faults, [])
})

test('a video without attributes says how to send them', async () => {
  const page = await browser.page({ size: PHONE })
  await page.goto(`${product.url}/#/video/plain`)
  await page.locator('.breakdown').scrollIntoViewIfNeeded()
  await page.getByText('No event in this range says its country.').waitFor()
  assert.match((await page.locator('.breakdown pre').textContent()) ?? '', /"attributes":\{"country":"DE"\}/)
  await page.locator('.breakdown pre').scrollIntoViewIfNeeded()
  await fitsTheScreen(page)
  await keepScreenshot(page, 'breakdown-without')
  assert.deepEqual(page.faults, [])
})

test('an attribute that is not declared is not asked for twice', async () => {
  const page = await browser.page()
  const asked = await questionsOf(page)
  await page.goto(`${product.url}/#/video/cats?dimension=zodiac`)
  await page.clock.runFor(1) // a timer shows the view
  await page.getByRole('rowheader', { name: 'Germany' }).waitFor()
  assert.deepEqual(asked, ['zodiac', 'tally.automated', 'country'])
  const again = page.waitForRequest(ASKS)
  await page.clock.runFor(MINUTE_MS / 2)
  await again
  assert.deepEqual(asked.slice(3), ['country'])
})

test('what is no longer kept is told with the time from which on it is', async () => {
  const page = await browser.page()
  const fault = { parameter: 'startTime', code: 'resolution_expired', detail: 'startTime must be later.' }
  await page.route('**/breakdown?*', async (route) => {
    if (!new URL(route.request().url()).searchParams.has('startTime')) return route.continue()
    const problem = { title: 'no', status: 400, detail: fault.detail, errors: [fault] }
    await route.fulfill({
      status: 400,
      contentType: 'application/problem+json',
      body: JSON.stringify(problem),
    })
  })
  await page.goto(`${product.url}/#/video/cats?range=1y`)
  await page.getByRole('rowheader', { name: 'Germany' }).waitFor()
  await page.getByText('Nothing by country is kept from before').waitFor()
})

for (const [device, size] of Object.entries({ desk: DESKTOP, phone: PHONE })) {
  for (const scheme of ['light', 'dark'] as const) {
    test(`on a ${device} in ${scheme} it is as wide as the screen allows`, async () => {
      const page = await browser.page({ size, scheme })
      await page.goto(`${product.url}/#/video/cats?range=1h`)
      await page.locator('.breakdown').scrollIntoViewIfNeeded()
      await page.getByRole('rowheader', { name: 'Germany' }).waitFor()
      await fitsTheScreen(page)
      await page.locator('.breakdown').scrollIntoViewIfNeeded()
      await keepScreenshot(page, `breakdown-${device}-${scheme}`)
      await page.close()
    })
  }
}

for (const [name, hash, path] of [
  ['a channel', '#/channel/Pets?range=24h', 'channels/Pets'],
  ['the whole site', '#/?window=1h', 'site'],
] as const) {
  test(`${name} is broken down as well, as soon as it is looked at`, async (t) => {
    const question = `${product.url}/v1/${path}/breakdown?by=country&eventType=view&function=count`
    const { status } = await fetch(question)
    if (status === 404) return t.skip('this server breaks down videos alone')
    const page = await browser.page()
    await page.goto(`${product.url}/${hash}`)
    const panel = page.getByRole('region', { name: 'Breakdown' })
    await panel.scrollIntoViewIfNeeded()
    await panel.getByRole('row', { name: /^Germany 16 / }).waitFor()
    await panel.getByRole('button', { name: 'Device' }).click()
    await panel.getByRole('rowheader', { name: 'phone' }).waitFor()
    assert.match(page.url(), /dimension=device/)
    assert.deepEqual(page.faults, [])
  })
}
