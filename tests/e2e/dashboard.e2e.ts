// The paths of users through the page, in order: start page, find a video, watch it, choose a range, operations.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { anEvent } from '../../testing/dead-letter-fixture.ts'
import { keepScreenshot, PHONE, sendInPage, TestBrowser } from './browser.ts'
import { type Product, startProduct } from './product.ts'

const ARCHIVED_WITHIN_MS = 90_000
const HOSTILE = '<img src=x onerror=alert(1)>"&'

let product: Product
let browser: TestBrowser

before(async () => {
  product = await startProduct({}, [anEvent({ timeMs: Date.now(), videoId: 'buried', id: 'put-aside' })])
  browser = await TestBrowser.launch()
})
after(async () => {
  await browser[Symbol.asyncDispose]()
  await product[Symbol.asyncDispose]()
})

function views(videoId: string, count: number, value = 12.5) {
  return Array.from({ length: count }, () => ({ videoId, type: 'view', value }))
}

/** Waits until the big number has this value. */
async function headlineIs(page: Page, text: string): Promise<void> {
  await page
    .locator('.digits .visually-hidden')
    .first()
    .filter({ hasText: text })
    .waitFor({ state: 'attached' })
}

async function cardIs(page: Page, label: string, value: string): Promise<void> {
  await page
    .locator('.card', { hasText: new RegExp(`^${label}`) })
    .locator('.card-value', { hasText: value })
    .waitFor()
}

test('an empty server says how to send the first event', async () => {
  const page = await browser.page()
  await page.goto(product.url)
  await page.getByText('No events yet. Send one:').waitFor()
  assert.match((await page.locator('pre').textContent()) ?? '', new RegExp(`curl ${product.url}/v1/events`))
  await keepScreenshot(page, 'empty')
  assert.deepEqual(page.faults, [])
})

test('the number ticks while events are sent through the SDK', async () => {
  const page = await browser.page()
  await page.goto(`${product.url}/#/video/cats`)
  await headlineIs(page, '0 views')
  await sendInPage(page, views('cats', 30))
  await headlineIs(page, '30 views')
  await sendInPage(page, [...views('cats', 12), { videoId: 'cats', type: 'like' }])
  await headlineIs(page, '42 views')
  await cardIs(page, 'Views', '42')
  await cardIs(page, 'Likes', '1')
  await cardIs(page, 'Watch time', '8 min 45 s')
  await cardIs(page, 'Average view', '12.5 s')
  await page.locator('.badge', { hasText: 'Exact · as of' }).hover()
  await page.getByText('each counted once').waitFor()
  await keepScreenshot(page, 'video')
  assert.deepEqual(page.faults, [])
})

test('range, card, comparison and table are in the link', async () => {
  const page = await browser.page()
  await page.goto(`${product.url}/#/video/cats`)
  await page.getByRole('button', { name: 'last hour' }).click()
  await page.locator('.card', { hasText: 'Watch time' }).click()
  await page.getByRole('combobox', { name: 'Compare with' }).selectOption('previous')
  await page.getByRole('switch', { name: 'Table' }).check()
  await page.getByRole('columnheader', { name: 'Before' }).waitFor()
  const hash = new URL(page.url()).hash
  assert.equal(hash, '#/video/cats?range=1h&measure=sum&compare=previous&show=table')

  const other = await browser.page()
  await other.goto(page.url())
  await other.getByRole('cell', { name: '8 min 45 s' }).waitFor()
  await other.getByRole('rowheader', { name: 'so far' }).waitFor()
  assert.equal(await other.getByRole('button', { name: 'last hour' }).getAttribute('aria-pressed'), 'true')
  await other.goBack()
  assert.deepEqual(other.faults, [])
})

test('every range can be chosen, and nothing jumps', async () => {
  const page = await browser.page()
  await page.goto(`${product.url}/#/video/cats`)
  await page.locator('.chart canvas').waitFor()
  const top = () =>
    page
      .locator('.panel')
      .first()
      .evaluate((panel) => panel.getBoundingClientRect().toJSON())
  const before = await top()
  for (const name of ['1 h', '7 d', '30 d', 'Year', 'All', '24 h']) {
    await page.getByRole('button', { name: `${name},` }).click()
    await page.locator('.course[aria-busy="false"] canvas').waitFor()
    assert.deepEqual(await top(), before, name)
  }
  assert.deepEqual(page.faults, [])
})

test('hands need no mouse', async () => {
  const page = await browser.page()
  await page.goto(product.url)
  await page.locator('.headline').waitFor()
  await page.keyboard.press('Tab')
  assert.equal(await focused(page), 'Skip to content')
  await page.keyboard.press('Enter')
  assert.equal(await page.evaluate(() => document.activeElement?.id), 'main')
  await page.keyboard.press('/')
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('role')), 'combobox')
  await page.keyboard.type('cats')
  await page.locator('[role=option][aria-selected=true]', { hasText: 'cats' }).waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'cats' }).waitFor()
  await page.getByRole('button', { name: 'last 24 hours' }).focus()
  await page.keyboard.press('ArrowLeft')
  assert.equal(await focused(page), '1 h')
  await page.locator('.chart canvas').waitFor()
  await page.locator('.chart').focus()
  await page.keyboard.press('End')
  await page.locator('.chart-tip', { hasText: 'so far' }).waitFor()
  assert.deepEqual(page.faults, [])
})

test('a hostile id is shown as text', async () => {
  const page = await browser.page()
  await page.goto(`${product.url}/#/video/${encodeURIComponent(HOSTILE)}`)
  await sendInPage(page, views(HOSTILE, 2))
  await headlineIs(page, '2 views')
  assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), HOSTILE)
  assert.equal(await page.locator('img').count(), 0)
  assert.deepEqual(page.faults, [])
})

test('a dead letter is looked at and replayed, and the number ticks', async () => {
  const page = await browser.page()
  await page.goto(`${product.url}/#/operations`)
  await page.locator('.letter-head', { hasText: 'unknown_schema' }).click()
  await page.locator('.letter-body pre', { hasText: 'put-aside' }).waitFor()
  await keepScreenshot(page, 'dead-letter')
  await page.getByRole('button', { name: 'Replay', exact: true }).click()
  await page.getByText('Replayed: 1 stored').waitFor()
  await page.getByText('None. Every event so far').waitFor()
  await page.getByRole('button', { name: 'Replayed' }).click()
  await page.locator('.letter-head', { hasText: 'view of buried' }).waitFor()
  await page.goto(`${product.url}/#/video/buried`)
  await headlineIs(page, '1 view,')
  assert.deepEqual(page.faults, [])
})

test('operators see that the sums add up', async () => {
  const page = await browser.page()
  await page.goto(`${product.url}/#/operations`)
  const balances = page.locator('.balance')
  await balances.first().waitFor()
  for (const text of await balances.allTextContents()) assert.equal(text, '✓ adds up')
  await page.locator('.tile', { hasText: 'Events in' }).locator('.tile-value', { hasText: '/s' }).waitFor()
  await keepScreenshot(page, 'operations')
  assert.deepEqual(page.faults, [])
})

test('on a phone nothing is wider than the screen', async () => {
  const page = await browser.page({ size: PHONE, scheme: 'dark' })
  for (const hash of ['#/', '#/video/cats?range=1h&compare=previous', '#/operations']) {
    await page.goto(`${product.url}/${hash}`)
    await page.locator('.panel').first().waitFor()
    const [wide, screen] = await page.evaluate(() => [document.body.scrollWidth, innerWidth])
    assert.ok(wide! <= screen!, `${hash} is ${wide} px wide`)
  }
  await keepScreenshot(page, 'phone')
})

test('a server that goes away is told, and found again', async () => {
  const page = await browser.page()
  await page.goto(`${product.url}/#/video/cats`)
  await headlineIs(page, '42 views')
  await page.route('**/v1/**', (route) => route.abort())
  await page.locator('.badge[data-kind="lost"]', { hasText: 'Last known' }).waitFor()
  await page.getByText('Connection lost. Retrying…').waitFor()
  assert.equal(await page.locator('.chart canvas').count(), 1, 'what was known stays')
  await keepScreenshot(page, 'lost')
  await page.unroute('**/v1/**')
  await page.locator('.badge', { hasText: 'Exact · as of' }).waitFor()
})

test('an id that nobody has heard of says so, offers the search, and wakes up with its first event', async () => {
  const page = await browser.page()
  await page.goto(`${product.url}/#/video/catz`)
  await page.getByText('Nothing is known of this video.').waitFor()
  for (const part of ['.badge', '.cards', '.headline']) {
    assert.equal(await page.locator(part).first().isVisible(), false, part)
  }
  await keepScreenshot(page, 'unknown')
  await page.getByRole('button', { name: 'Find a video' }).click()
  assert.equal(await page.evaluate(() => document.activeElement?.getAttribute('role')), 'combobox')
  await sendInPage(page, views('catz', 1))
  await page.locator('.chart canvas').waitFor()
  await cardIs(page, 'Views', '1')
})

test('the overview shows all videos together', async () => {
  const page = await browser.page()
  await page.goto(product.url)
  const site = page.locator('.site')
  // Of the open hour it is as old as the archive: what was just sent may be missing.
  await site.locator('.site-total', { hasText: /^[1-9]\d*$/ }).waitFor({ timeout: ARCHIVED_WITHIN_MS })
  await site.locator('.chart canvas').waitFor()
  await site.locator('.badge', { hasText: 'Exact · as of' }).waitFor()
  await keepScreenshot(page, 'site')
})

test('how many watch now is told on the start page, whoever watches two videos once', async () => {
  const page = await browser.page()
  await page.goto(product.url)
  const beat = ([videoId, viewerId]: readonly string[]) =>
    fetch(`${product.url}/v1/videos/${videoId}/heartbeat`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ viewerId }),
    })
  const panel = page.getByRole('region', { name: 'Right now' })
  const told = panel
    .getByText('2 watching now')
    .waitFor()
    .then(() => true)
  const beats = ['cats u1', 'dogs u1', 'dogs u2'].map((words) => words.split(' '))
  do await Promise.all(beats.map(beat))
  while (!(await Promise.race([told, page.waitForTimeout(1_000)])))
  await keepScreenshot(page, 'watching-now')
  assert.deepEqual(page.faults, [])
})

test('what a chart shows can be taken away as a file', async () => {
  const page = await browser.page()
  await page.goto(`${product.url}/#/video/cats?range=1h`)
  await page.locator('.chart canvas').waitFor()
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'CSV' }).click(),
  ])
  assert.equal(file.suggestedFilename(), 'cats-view-1h.csv')
  const text = await readFile((await file.path())!, 'utf8')
  assert.match(text, /^\ufeffvideoId,eventType,function,time,value,/)
  assert.equal(text.trim().split('\r\n').length, 61)
})

test('of all time there is one number on the screen', async () => {
  const page = await browser.page()
  await page.goto(`${product.url}/#/video/cats?range=all`)
  await page.locator('.chart canvas').waitFor()
  await headlineIs(page, '42 views')
  await cardIs(page, 'Views', '42')
})

test('keys choose ranges, and are listed', async () => {
  const page = await browser.page()
  await page.goto(`${product.url}/#/video/cats`)
  await page.locator('.chart canvas').waitFor()
  await page.keyboard.press('3')
  await page.waitForURL(/range=7d/)
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keys' }).waitFor()
  await keepScreenshot(page, 'keys')
  await page.keyboard.press('Escape')
  await page.getByRole('dialog', { name: 'Keys' }).waitFor({ state: 'hidden' })
  await page.keyboard.press('c')
  await page.waitForURL(/range=7d&compare=previous$/)
  await page.keyboard.press('t')
  await page.locator('.course-table').waitFor()
  await page.keyboard.press('7')
  await page.getByRole('dialog', { name: 'Dates' }).waitFor()
  await page.goto(`${product.url}/#/`)
  await page.keyboard.press('2')
  await page.waitForURL(/window=6h/)
  assert.deepEqual(page.faults, [])
})

test('the whole page is there within a dozen requests', async () => {
  const page = await browser.page()
  const asked = new Set<string>() // what is asked again, because the machine is slow, counts once
  page.on('request', (request) => {
    const { pathname, searchParams } = new URL(request.url())
    asked.add(
      `${request.method()} ${pathname} ${Array.from(searchParams.keys()).join()} ${request.postData()}`,
    )
  })
  await page.goto(product.url)
  await page.locator('.videos a').first().waitFor()
  assert.ok(asked.size <= 12, Array.from(asked).join('\n'))
})

function focused(page: Page): Promise<string | null | undefined> {
  return page.evaluate(() => document.activeElement?.textContent)
}
