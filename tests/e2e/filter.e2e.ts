// A value of a breakdown filters the page by a click or a key: cards, chart and rows are of the same events, the
// address carries it, and what is not filtered says so. And how many viewers there were.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { isAccessible } from './accessible.ts'
import { DESKTOP, keepScreenshot, PHONE, sendInPage, TestBrowser } from './browser.ts'
import { archived, counted, nameVideos, type Product, startProduct } from './product.ts'

const VIEWS = 40

let product: Product
let browser: TestBrowser

/** Of 40 views 20 are of Germany; of these, 10 on television, by 5 viewers in all. */
before(async () => {
  product = await startProduct()
  browser = await TestBrowser.launch()
  const page = await browser.page()
  await page.goto(product.url)
  const views = Array.from({ length: VIEWS }, (_, i) => ({
    ...{ videoId: i % 10 === 0 ? 'dogs' : 'cats', type: 'view', value: 10, viewerId: `viewer-${i % 5}` },
    attributes: { country: i % 2 === 0 ? 'DE' : 'FR', device: i % 4 === 0 ? 'tv' : 'phone' },
  }))
  const likes = ['DE', 'FR', 'FR'].map((country) => ({
    videoId: 'cats',
    type: 'like',
    attributes: { country },
  }))
  await sendInPage(page, [...views, ...likes])
  await page.close()
  const channel = 'Pets'
  await nameVideos(product, [
    { videoId: 'cats', title: 'Two cats', channel },
    { videoId: 'dogs', title: 'Dogs', channel },
  ])
  await counted(product, VIEWS)
  for (const videoId of ['cats', 'dogs']) await archived(product, videoId)
})
after(async () => {
  await browser[Symbol.asyncDispose]()
  await product[Symbol.asyncDispose]()
})

function card(page: Page, label: string) {
  const named = page.locator('.card', { has: page.getByText(label, { exact: true }) })
  return named.locator('.card-value')
}

async function showsCard(page: Page, label: string, value: string): Promise<void> {
  await card(page, label)
    .and(page.getByText(value, { exact: true }))
    .waitFor()
}

async function open(hash: string, size = DESKTOP) {
  const page = await browser.page({ size })
  await page.goto(`${product.url}/${hash}`)
  const panel = page.getByRole('region', { name: 'Breakdown' })
  await panel.scrollIntoViewIfNeeded()
  return { page, panel }
}

test('a click on a value filters the page; the rows add up to the filtered total', async () => {
  const { page, panel } = await open('#/video/cats')
  await showsCard(page, 'Views', '36')
  await panel.getByRole('button', { name: 'Germany' }).click()
  await page.getByRole('heading', { name: /^Views, last 24 hours, .*, only Germany$/ }).waitFor()
  await showsCard(page, 'Views', '16')
  await showsCard(page, 'Likes', '1')
  await showsCard(page, 'Unique viewers', '–')
  await page.getByText('Live count and milestones: all events.').waitFor()
  await page.getByText('36 views, all time').first().waitFor({ state: 'attached' })
  assert.equal(new URL(page.url()).hash, '#/video/cats?where=country:DE')
  await panel.getByRole('button', { name: 'Device' }).click()
  await panel.getByRole('row', { name: /^phone 8 / }).waitFor()
  await panel.getByRole('row', { name: /^tv 8 / }).waitFor()
  assert.equal(await panel.locator('tfoot').textContent(), 'Total16100%')
  await isAccessible(page)
  await keepScreenshot(page, 'filtered')
  assert.deepEqual(page.faults, [])
})

test('the address carries the filters, and a chip takes one away', async () => {
  const { page } = await open('#/video/cats?where=country:DE&where=device:tv')
  await showsCard(page, 'Views', '8')
  await page.getByRole('heading', { level: 1, name: 'Two cats' }).waitFor()
  await page.getByRole('button', { name: 'Remove the filter Device: tv' }).click()
  await showsCard(page, 'Views', '16')
  await page.getByRole('button', { name: 'Remove the filter Country: Germany' }).click()
  await showsCard(page, 'Views', '36')
  assert.equal(new URL(page.url()).hash, '#/video/cats')
  assert.equal(await page.getByRole('group', { name: 'Filters' }).isVisible(), false)
})

test('the keyboard filters, and takes the filter away again', async () => {
  const { page, panel } = await open('#/video/cats')
  await panel.getByRole('button', { name: 'France' }).focus()
  await page.keyboard.press('Enter')
  await showsCard(page, 'Views', '20')
  await panel.getByRole('button', { name: 'France', pressed: true }).focus()
  await page.keyboard.press('Space')
  await showsCard(page, 'Views', '36')
})

test('a channel is filtered with all its videos, and its list is said not to be', async () => {
  const { page, panel } = await open('#/channel/Pets')
  await showsCard(page, 'Views', '40')
  await panel.getByRole('button', { name: 'Germany' }).click()
  await showsCard(page, 'Views', '20')
  await page.getByText('The list of videos: all events.').waitFor()
  await page.getByText('views, last 7 days, only Germany').waitFor()
  assert.equal(new URL(page.url()).hash, '#/channel/Pets?where=country:DE')
})

test('the overview is filtered with its chart, and says what is not', async () => {
  const { page, panel } = await open('#/', PHONE)
  const site = page.getByRole('region', { name: 'All videos together' })
  const shows = (total: string) =>
    site
      .locator('.site-total')
      .and(page.getByText(total, { exact: true }))
      .waitFor()
  await shows('40')
  await panel.getByRole('button', { name: 'Germany' }).click()
  await shows('20')
  await site.getByRole('heading', { name: 'Views of all videos, last hour, only Germany' }).waitFor()
  await page.getByText('Right now and the list of all videos: all events.').waitFor()
  const most = page.getByRole('table', { name: 'Most counted' })
  await most.getByRole('row', { name: /Two cats.* 16$/ }).waitFor()
  await most.getByRole('row', { name: /Dogs.* 4$/ }).waitFor()
  assert.equal(await page.getByRole('table', { name: 'Rising' }).count(), 0)
  await panel.getByRole('row', { name: 'Total 20 100%' }).waitFor()
  assert.equal(new URL(page.url()).hash, '#/?where=country:DE')
  await site.getByText('events show within a minute').first().waitFor({ state: 'attached' })
  await isAccessible(page)
  await keepScreenshot(page, 'filtered-overview-phone')
  await page.getByRole('button', { name: 'Remove the filter Country: Germany' }).click()
  await shows('40')
  await panel.scrollIntoViewIfNeeded()
  await panel.getByRole('row', { name: 'Total 40 100%' }).waitFor()
  await most.getByRole('row', { name: /Two cats.* 36$/ }).waitFor()
  await page.getByRole('table', { name: 'Rising' }).waitFor()
  assert.deepEqual(page.faults, [])
  await page.goto(`${product.url}/#/?where=zodiac:lion`)
  await site.getByText('one of the attributes that this server declares').waitFor()
})

test('weeks and months have their most counted videos too', async () => {
  const { page } = await open('#/')
  await page.keyboard.press('5')
  await page.waitForURL(/window=30d$/)
  const site = page.getByRole('region', { name: 'All videos together' })
  await site.getByRole('heading', { name: 'Views of all videos, last 30 days' }).waitFor()
  const most = page.getByRole('table', { name: 'Most counted' })
  await most.getByRole('columnheader', { name: 'Last 30 d' }).waitFor()
  await most.getByRole('row', { name: /Two cats.* 36$/ }).waitFor()
  await page.getByRole('table', { name: 'Rising' }).waitFor({ state: 'detached' })
  await isAccessible(page)
  await keepScreenshot(page, 'overview-month')
  await page.keyboard.press('1')
  await page.getByRole('table', { name: 'Rising' }).waitFor()
  assert.deepEqual(page.faults, [])
})

test('a channel of more videos than one question takes is filtered too', async () => {
  const many = Array.from({ length: 120 }, (_, i) => ({
    videoId: `many-${i}`,
    title: `${i}`,
    channel: 'Many',
  }))
  await nameVideos(product, [...many, { videoId: 'herd', title: 'Herd', channel: 'Many' }])
  const { page } = await open('#/channel/Many?where=country:DE')
  await showsCard(page, 'Views', '0')
  await page.getByText('No such events in this range.').first().waitFor()
  assert.deepEqual(page.faults, [])
})

test('an attribute that nobody can filter by is refused in words', async () => {
  const { page } = await open('#/video/cats?where=zodiac:lion')
  await page.getByText('one of the attributes that this server declares').first().waitFor()
  await page.getByRole('button', { name: 'Remove the filter zodiac: lion' }).click()
  await showsCard(page, 'Views', '36')
})

test('different viewers stand beside the views, as an estimate with its error', async () => {
  const { page } = await open('#/video/cats')
  await showsCard(page, 'Unique viewers', '≈ 5')
  await page.getByText('±1.6%').waitFor()
  await page.goto(`${product.url}/#/channel/Pets`)
  await page.getByRole('heading', { level: 1, name: 'Pets' }).waitFor()
  await showsCard(page, 'Unique viewers', '≈ 5')
  await page.goto(`${product.url}/#/video/cats?range=1y`)
  await page.getByText('92 days at most').waitFor()
  await page.goto(`${product.url}/#/video/cats?range=all`)
  await showsCard(page, 'Unique viewers', '≈ 5')
})

test('a value that a share link shows filters nothing', async () => {
  const answer = await fetch(`${product.url}/v1/share`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ videoId: 'cats' }),
  })
  const { token } = (await answer.json()) as { token: string }
  const { panel } = await open(`#/shared/${token}`)
  await panel.getByRole('rowheader', { name: 'Germany' }).waitFor()
  assert.equal(await panel.getByRole('button', { name: 'Germany' }).count(), 0)
})

test('a link to a filtered page shows it filtered', async () => {
  for (const [shows, views] of [
    [{ videoId: 'cats' }, '16'],
    [{ channelId: 'Pets' }, '20'],
  ] as const) {
    const answer = await fetch(`${product.url}/v1/share`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(shows),
    })
    const { token } = (await answer.json()) as { token: string }
    const { page } = await open(`#/shared/${token}?where=country:DE`)
    await showsCard(page, 'Views', views)
    await showsCard(page, 'Likes', '1')
    await page.getByText('Filtered by').waitFor()
    assert.deepEqual(page.faults, [])
  }
})
