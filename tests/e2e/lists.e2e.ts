// All videos page by page, and channels: from the start page to one video of one channel.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Page, Request } from 'playwright-core'
import { keepScreenshot, PHONE, sendInPage, TestBrowser } from './browser.ts'
import { archived, counted, nameVideos, type Product, startProduct } from './product.ts'

const VIDEOS = 45
/** Of the screen, as Web Vitals count; 0.1 is still called good. */
const SHIFT_MAX = 0.02
/** That of all videos together comes from the archive. */
const CHART_WITHIN_MS = 90_000
const KITCHEN = 'Slow Kitchen'
const COUNTS = '**/v1/query'
/** More than one answer has, and more than the page lists. */
const OTHERS = 1_000
const LONG_TITLE = `Everything that I have learnt about sourdough: ${'flour, water and patience, '.repeat(5)}`

let product: Product
let browser: TestBrowser

before(async () => {
  product = await startProduct()
  browser = await TestBrowser.launch()
  const videos = Array.from({ length: VIDEOS }, (_, i) => ({
    ...{ videoId: `v${i}`, title: i === 0 ? LONG_TITLE : `Part ${i}` },
    channel: i % 3 === 0 ? KITCHEN : 'Tide Pool',
    published: `2026-01-${String((i % 28) + 1).padStart(2, '0')}T00:00:00Z`,
  }))
  await nameVideos(product, videos)
  const page = await browser.page()
  await page.goto(product.url)
  // v0 has 45 views, v1 44, …
  const events = videos.flatMap(({ videoId }, i) =>
    Array.from({ length: VIDEOS - i }, () => ({ videoId, type: 'view', value: 2 })),
  )
  for (let from = 0; from < events.length; from += 500) await sendInPage(page, events.slice(from, from + 500))
  await page.close()
  await counted(product, events.length)
})
after(async () => {
  await browser[Symbol.asyncDispose]()
  await product[Symbol.asyncDispose]()
})

function tableOf(page: Page) {
  return page.getByRole('region', { name: 'All videos', exact: true })
}

async function firstRowIs(page: Page, title: string): Promise<void> {
  await tableOf(page).locator('tbody tr').first().getByRole('rowheader', { name: title }).waitFor()
}

test('all videos are sorted by what one likes, page by page', async () => {
  const page = await browser.page()
  await page.goto(product.url)
  const table = tableOf(page)
  await table.scrollIntoViewIfNeeded()
  await firstRowIs(page, LONG_TITLE)
  assert.deepEqual(await table.getByRole('columnheader').allTextContents(), [
    ...['Video', 'Channel', 'Published', 'Views', 'Likes', 'Shares', 'Watch time'],
  ])
  assert.equal(await table.locator('tbody tr').count(), 20)
  await table.getByText('1–20 of 45').waitFor()
  await keepScreenshot(page, 'all-videos')

  await table.getByRole('button', { name: 'Next page' }).click()
  await firstRowIs(page, 'Part 20')
  await table.getByText('21–40 of 45').waitFor()
  assert.match(page.url(), /#\/\?page=2$/)
  await page.goBack()
  await firstRowIs(page, LONG_TITLE)

  await table.getByRole('button', { name: 'Views' }).click()
  await firstRowIs(page, 'Part 44')
  assert.equal(
    await table.getByRole('columnheader', { name: 'Views' }).getAttribute('aria-sort'),
    'ascending',
  )
  await table.getByRole('button', { name: 'Video', exact: true }).click()
  await table.getByRole('button', { name: 'Video', exact: true }).click()
  await firstRowIs(page, 'Part 44')
  assert.match(page.url(), /sort=-title/)
  await table.getByRole('row', { name: 'Part 44' }).getByRole('cell', { name: '2 s' }).waitFor()
  assert.deepEqual(page.faults, [])
})

test('everybody chooses the columns: they are in the link, and this browser keeps them', async () => {
  const page = await browser.page()
  await page.goto(product.url)
  await sendInPage(
    page,
    ['v3', 'v3', 'v7'].map((videoId) => ({ videoId, type: 'dislike' })),
  )
  const table = tableOf(page)
  await table.scrollIntoViewIfNeeded()
  await firstRowIs(page, LONG_TITLE)
  await table.getByRole('button', { name: 'Columns' }).click()
  const panel = page.getByRole('dialog', { name: 'Columns' })
  await panel.getByRole('switch', { name: 'Dislikes' }).check()
  for (const name of ['Likes', 'Shares', 'Watch time'])
    await panel.getByRole('switch', { name, exact: true }).uncheck()
  await keepScreenshot(page, 'columns')
  await page.keyboard.press('Escape')
  const heads = () => table.getByRole('columnheader').allTextContents()
  assert.deepEqual(await heads(), ['Video', 'Channel', 'Published', 'Views', 'Dislikes'])
  assert.match(page.url(), /columns=views,dislikes$/)
  await table.getByRole('button', { name: 'Dislikes' }).click()
  await firstRowIs(page, 'Part 3')
  await table
    .getByRole('row', { name: 'Part 3', exact: false })
    .first()
    .getByRole('cell', { name: '2', exact: true })
    .waitFor()

  const other = await browser.page()
  await other.goto(page.url())
  await tableOf(other).scrollIntoViewIfNeeded()
  await firstRowIs(other, 'Part 3')
  assert.deepEqual(await tableOf(other).getByRole('columnheader').allTextContents(), await heads())

  await page.goto(`${product.url}/#/channel/${encodeURIComponent(KITCHEN)}`)
  const ofChannel = page.getByRole('region', { name: 'Videos of the channel' })
  await ofChannel.scrollIntoViewIfNeeded()
  await ofChannel.getByText('1–15 of 15').waitFor()
  assert.deepEqual(await ofChannel.getByRole('columnheader').allTextContents(), [
    ...['Video', 'Published', 'Views', 'Dislikes'],
  ])
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.getByRole('button', { name: 'Copy link' }).click()
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /columns=views,dislikes/)
  await ofChannel.getByRole('button', { name: 'Columns' }).click()
  await panel.getByRole('switch', { name: 'Views' }).uncheck()
  await panel.getByRole('switch', { name: 'Dislikes', disabled: true }).waitFor() // one must stay
  assert.deepEqual([...page.faults, ...other.faults], [])
})

test('on a phone the columns of one’s choice are all there, and the page is no wider', async () => {
  const page = await browser.page({ size: PHONE })
  await page.goto(`${product.url}/#/?columns=views,likes,dislikes,shares,time`)
  const table = tableOf(page)
  await table.scrollIntoViewIfNeeded()
  await firstRowIs(page, LONG_TITLE)
  for (const name of ['Likes', 'Dislikes', 'Shares', 'Watch time'])
    assert.ok(await table.getByRole('columnheader', { name, exact: true }).isVisible(), name)
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth))
  await keepScreenshot(page, 'columns-phone')
})

test('the list counts over the time that is chosen', async () => {
  const page = await browser.page()
  await page.goto(`${product.url}/#/?period=1h&sort=views`)
  await tableOf(page).scrollIntoViewIfNeeded()
  await firstRowIs(page, 'Part 44')
  await tableOf(page).getByText('Counts: last hour.').waitFor()
  await tableOf(page).getByRole('combobox', { name: 'Counts of' }).selectOption('30d')
  await tableOf(page).getByText('Counts: last 30 days.').waitFor()
  assert.match(page.url(), /period=30d/)
})

/** Of the questions that are about the whole list. */
function isOfAll(request: Request): boolean {
  return request.url().endsWith('/v1/query') && request.postDataJSON().eventTypes?.length === 3
}

test('until another time is counted, the list says which one it shows', async () => {
  const page = await browser.page()
  await page.goto(`${product.url}/#/?period=1h`)
  const table = tableOf(page)
  await table.scrollIntoViewIfNeeded()
  await table.getByText('Counts: last hour. As of').waitFor()
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
  await page.route(COUNTS, async (route) => {
    if (isOfAll(route.request())) await answered
    await route.continue().catch(() => {}) // of a page that asks no longer
  })
  await table.getByRole('combobox', { name: 'Counts of' }).selectOption('30d')
  await table.locator('[aria-busy="true"]').waitFor()
  await table.getByRole('button', { name: 'Video', exact: true }).click()
  await firstRowIs(page, LONG_TITLE)
  await table.getByText('Counts: last hour. As of').waitFor()
  await table.getByRole('caption').filter({ hasText: 'last hour' }).waitFor({ state: 'attached' })
  answer()
  await table.getByText('Counts: last 30 days. As of').waitFor()

  await page.route(COUNTS, (route) => route.abort())
  await table.getByRole('combobox', { name: 'Counts of' }).selectOption('7d')
  await table.getByText('Connection lost. Retrying… Counts: last 30 days.').waitFor()
  await table.getByRole('button', { name: 'Likes' }).click()
  await table.getByText('Connection lost. Retrying… Counts: last 30 days.').waitFor()
})

test('another page or order is by new counts of all videos', async () => {
  const page = await browser.page()
  await page.goto(product.url)
  const table = tableOf(page)
  await table.scrollIntoViewIfNeeded()
  await firstRowIs(page, LONG_TITLE)
  for (const name of ['Next page', 'Likes']) {
    const [request] = await Promise.all([
      page.waitForRequest(isOfAll),
      table.getByRole('button', { name }).click(),
    ])
    assert.equal(request.postDataJSON().videoIds.length, VIDEOS, name)
  }
})

test('the videos of a channel are counted again where other periods begin at another time', async () => {
  const page = await browser.page()
  await page.goto(`${product.url}/#/channel/${encodeURIComponent(KITCHEN)}?range=7d&by=PT1H`)
  const table = page.getByRole('region', { name: 'Videos of the channel' })
  await table.scrollIntoViewIfNeeded()
  await table.getByText('Counts: last 7 days. As of').waitFor()
  const [request] = await Promise.all([
    page.waitForRequest(isOfAll),
    page.getByRole('combobox', { name: 'By', exact: true }).selectOption('P1D'),
  ])
  assert.match(request.postDataJSON().startTime, /T00:00:00/)
})

test('long titles are shown whole, on a phone too', async () => {
  const page = await browser.page({ size: PHONE })
  await page.goto(product.url)
  const links = page.locator('.videos a', { hasText: LONG_TITLE })
  await links.first().waitFor()
  const [wide, box] = await links.first().evaluate((link) => [link.scrollWidth, link.clientWidth])
  assert.ok(wide! <= box! + 1)
  await tableOf(page).scrollIntoViewIfNeeded()
  await firstRowIs(page, LONG_TITLE)
  const [page_, screen] = await page.evaluate(() => [document.body.scrollWidth, innerWidth])
  assert.ok(page_! <= screen!, `${page_} px`)
  await keepScreenshot(page, 'all-videos-phone')
})

test('a long channel name without spaces leaves room for titles and counts', async () => {
  const page = await browser.page()
  await page.goto(product.url)
  const table = tableOf(page)
  await table.scrollIntoViewIfNeeded()
  await firstRowIs(page, LONG_TITLE)
  const [title, last, place] = await table
    .locator('tbody tr')
    .first()
    .evaluate((row) => {
      row.querySelector('[data-column="channel"]')!.textContent = 'X'.repeat(128)
      const boxes = [row.firstElementChild!, row.lastElementChild!, row.closest('.table-place')!]
      return boxes.map((element) => element.getBoundingClientRect().toJSON() as DOMRect)
    })
  assert.ok(title!.width > 140, `the title has ${title!.width} px`)
  assert.ok(
    last!.right <= place!.right + 1,
    `the last number ends at ${last!.right}, the panel at ${place!.right}`,
  )
})

test('a channel is found, and shows its videos together', async () => {
  const page = await browser.page()
  await page.goto(product.url)
  await page.keyboard.press('/')
  await page.keyboard.type('slow k')
  await page.locator('[role=option]', { hasText: 'channel' }).waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { level: 1, name: KITCHEN }).waitFor()
  assert.match(page.url(), /#\/channel\/Slow%20Kitchen$/)
  // 45 + 42 + … + 3
  await page.locator('.headline', { hasText: '360' }).waitFor()
  await page
    .locator('.card', { hasText: /^Views/ })
    .locator('.card-value', { hasText: '360' })
    .waitFor()
  await page
    .locator('.card', { hasText: /^Watch time/ })
    .locator('.card-value', { hasText: '12 min 0 s' })
    .waitFor()
  await page.locator('.chart canvas').waitFor()
  const table = page.getByRole('region', { name: 'Videos of the channel' })
  await table.scrollIntoViewIfNeeded()
  await table.getByText('1–15 of 15').waitFor()
  await keepScreenshot(page, 'channel')
  await table.getByRole('link', { name: 'Part 3', exact: true }).click()
  await page.getByRole('heading', { level: 1, name: 'Part 3' }).waitFor()
  await page.getByRole('link', { name: KITCHEN }).click()
  await page.getByRole('heading', { level: 1, name: KITCHEN }).waitFor()
  assert.deepEqual(page.faults, [])
})

test('a channel that nobody has heard of says so, and offers the search', async () => {
  const page = await browser.page()
  await page.goto(`${product.url}/#/channel/Slow%20Kitten`)
  await page.getByText('Nothing is known of this channel.').waitFor()
  for (const part of ['.badge', '.cards', '.headline']) {
    assert.equal(await page.locator(part).first().isVisible(), false, part)
  }
  await keepScreenshot(page, 'unknown-channel')
  await page.getByRole('button', { name: 'Find a video or channel' }).click()
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('role')), 'combobox')
  assert.deepEqual(page.faults, [])
})

test('nothing moves while a page loads', async () => {
  for (const hash of ['#/', '#/video/v1?range=1h', '#/channel/Slow%20Kitchen?range=24h']) {
    const page = await browser.page()
    await page.addInitScript(() => {
      const shifts: number[] = []
      Object.assign(globalThis, { shifts })
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) shifts.push((entry as unknown as { value: number }).value)
      }).observe({ type: 'layout-shift', buffered: true })
    })
    await page.goto(`${product.url}/${hash}`)
    await page.locator('.course[aria-busy="false"] canvas').first().waitFor({ timeout: CHART_WITHIN_MS })
    await page
      .locator(hash === '#/' ? '.videos a' : '.card-value', { hasText: /./ })
      .first()
      .waitFor()
    const shifts = await page.evaluate(() => (globalThis as unknown as { shifts: number[] }).shifts)
    const sum = shifts.reduce((total, value) => total + value, 0)
    assert.ok(sum < SHIFT_MAX, `${hash}: ${sum}`)
    await page.close()
  }
})

test('until another window is counted, the chart of all videos says which one it shows', async () => {
  const page = await browser.page()
  await page.goto(product.url)
  const site = page.getByRole('region', { name: 'All videos together' })
  await site.locator('.chart canvas').waitFor({ timeout: CHART_WITHIN_MS })
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
  await page.route('**/v1/site/stats?*', async (route) => {
    await answered
    await route.continue().catch(() => {}) // of a page that asks no longer
  })
  await page.keyboard.press('3')
  await site.locator('.course[aria-busy="true"]').waitFor()
  assert.match((await site.getByRole('heading').textContent()) ?? '', /last hour$/)
  answer()
  await site.getByRole('heading', { name: 'last 24 hours' }).waitFor()
  await site.locator('.course[aria-busy="false"]').waitFor()
})

test('a channel has its videos, whatever else has its name in the title', async () => {
  const channel = 'Rail'
  const videos = Array.from({ length: OTHERS + 1 }, (_, i) => ({
    ...{ videoId: `rail-${i}`, title: `Rail ${OTHERS + i}` }, // found in the order of their titles
    channel: i === OTHERS ? channel : 'Others',
  }))
  for (let from = 0; from < videos.length; from += 100) {
    await nameVideos(product, videos.slice(from, from + 100))
  }
  const page = await browser.page()
  await page.goto(`${product.url}/#/channel/${channel}`)
  const table = page.getByRole('region', { name: 'Videos of the channel' })
  await table.scrollIntoViewIfNeeded()
  await table.getByText('1–1 of 1').waitFor()
  await table.getByRole('link', { name: `Rail ${2 * OTHERS}` }).waitFor()
  assert.equal(await page.locator('.cards').first().isVisible(), true)
  assert.equal(await page.getByText('Nothing is known of this channel.').count(), 0)
})

test('of more videos than a list holds it has those that count the most', async () => {
  await using own = await startProduct()
  const ids = Array.from({ length: 1_001 }, (_, i) => `a${String(i).padStart(4, '0')}`)
  for (const some of [ids.slice(0, 600), ids.slice(600)]) {
    await nameVideos(
      own,
      some.map((videoId) => ({ videoId, title: `Video ${videoId}` })),
    )
  }
  const page = await browser.page()
  await page.goto(own.url)
  await sendInPage(page, [
    ...Array.from({ length: 3 }, () => ({ videoId: 'a1000', type: 'view' })),
    ...Array.from({ length: 2 }, () => ({ videoId: 'a0007', type: 'view' })),
    { videoId: 'a0007', type: 'like' },
    { videoId: 'untitled', type: 'view' },
  ])
  for (const videoId of ['a1000', 'a0007', 'untitled']) await archived(own, videoId)
  await page.reload()
  const table = page.getByRole('region', { name: 'All videos', exact: true })
  await table.scrollIntoViewIfNeeded()
  await table.getByText('Listed are the highest 1,000: find others by the search.').waitFor()
  const titles = () => table.locator('tbody th').allTextContents()
  assert.deepEqual((await titles()).slice(0, 4), ['Video a1000', 'Video a0007', 'untitled', 'Video a0000'])
  await table.getByRole('button', { name: 'Likes' }).click()
  await table.locator('tbody tr', { hasText: 'Video a0007' }).first().waitFor()
  await table.locator('[aria-sort="descending"]', { hasText: 'Likes' }).waitFor()
  await table.getByText('Listed are the highest 1,000: find others by the search.').waitFor()
  assert.equal((await titles())[0], 'Video a0007')
  await table.getByRole('button', { name: 'Video' }).click()
  await table.getByText('Listed are the first 1,000: find others by the search.').waitFor()
  assert.equal((await titles())[0], 'Video a0000')
  assert.deepEqual(page.faults, [])
})
