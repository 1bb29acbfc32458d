// Dates of one's own choice, comparisons, time zones and files: what a report of a video is made with.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { keepScreenshot, TestBrowser } from './browser.ts'
import { dayThatLasts } from './day-that-lasts.ts'
import { importEvents, type Product, startProduct } from './product.ts'

const ZONE = 'Asia/Kolkata'
const PNG_SIGNATURE = '89504e470d0a1a0a'

const now = await dayThatLasts(ZONE)
const yesterday = now.toPlainDate().subtract({ days: 1 })
const lastYear = yesterday.subtract({ years: 1 })

let product: Product
let browser: TestBrowser

before(async () => {
  product = await startProduct()
  browser = await TestBrowser.launch()
  const at = (date: Temporal.PlainDate, time: string, count: number) => {
    const moment = date.toZonedDateTime({ timeZone: ZONE, plainTime: time }).epochMilliseconds
    return Array.from({ length: count }, (_, i) => ({
      ...{ id: `${date}-${time.replace(':', '.')}-${i}`, videoId: 'cats', type: 'view', value: 10 },
      time: moment + i,
    }))
  }
  await importEvents(product, [
    ...at(yesterday, '00:10', 3), // the day before, in UTC
    ...at(yesterday, '12:00', 2),
    ...at(yesterday.subtract({ days: 1 }), '12:00', 4),
    ...at(lastYear, '12:00', 7),
  ])
})
after(async () => {
  await browser[Symbol.asyncDispose]()
  await product[Symbol.asyncDispose]()
})

async function viewsAre(page: Page, value: string, change?: string): Promise<void> {
  const card = page.locator('.card', { hasText: /^Views/ })
  await card.locator('.card-value', { hasText: new RegExp(`^${value}$`) }).waitFor()
  if (change !== undefined) await card.locator('.card-change', { hasText: change }).waitFor()
}

test('yesterday in Kolkata is compared with the day before, and with last year', async () => {
  const page = await browser.page({ timeZone: 'Europe/Berlin' })
  await page.goto(`${product.url}/#/video/cats`)
  const zones = page.getByRole('combobox', { name: 'Zone' })
  assert.match((await zones.locator('option:checked').textContent()) ?? '', /^Berlin \(UTC\+[12]\)$/)
  await zones.focus() // then all are listed
  await zones.selectOption(ZONE)
  await page.waitForURL(/zone=Asia\/Kolkata/)
  await page.getByText('Times in Asia/Kolkata (UTC+5:30)').waitFor()

  await page.getByRole('button', { name: 'Dates' }).click()
  await page.getByRole('button', { name: 'Yesterday' }).click()
  await viewsAre(page, '5')
  const compare = page.getByRole('combobox', { name: 'Compare with' })
  await compare.selectOption('previous')
  await viewsAre(page, '5', '+25%')
  await compare.selectOption('year')
  await viewsAre(page, '5', '-28.6%')
  await page.locator('.legend', { hasText: 'a year earlier' }).waitFor()
  await keepScreenshot(page, 'dates')
  const hash = `#/video/cats?from=${yesterday}&to=${yesterday}&compare=year&zone=${ZONE}`
  assert.equal(new URL(page.url()).hash, hash)

  const other = await browser.page({ timeZone: 'America/New_York' })
  await other.goto(page.url())
  await viewsAre(other, '5', '-28.6%')

  await page.goBack()
  await viewsAre(page, '5', '+25%')
  await page.goBack()
  await page.goBack()
  assert.equal(await page.getByRole('button', { name: 'last 24 hours' }).getAttribute('aria-pressed'), 'true')
  assert.deepEqual([...page.faults, ...other.faults], [])
})

test('the same dates are other hours in another zone', async () => {
  const page = await browser.page()
  await page.goto(`${product.url}/#/video/cats?from=${yesterday}&to=${yesterday}&zone=UTC`)
  await viewsAre(page, '2')
  const zones = page.getByRole('combobox', { name: 'Zone' })
  await zones.focus()
  await zones.selectOption(ZONE)
  await viewsAre(page, '5')
  await page.goto(`${product.url}/#/video/cats?range=1h`)
  assert.equal(await page.getByRole('combobox', { name: 'Zone' }).inputValue(), ZONE, 'kept in the browser')
  assert.deepEqual(page.faults, [])
})

test('dates are typed, and cut as finely as one likes', async () => {
  const page = await browser.page({ timeZone: ZONE })
  await page.goto(`${product.url}/#/video/cats`)
  await page.getByRole('button', { name: 'Dates' }).click()
  const from = yesterday.subtract({ days: 29 })
  await page.getByLabel('From').fill(String(from))
  await page.getByLabel('To', { exact: true }).fill(String(yesterday))
  await page.getByRole('button', { name: 'Show these dates' }).click()
  await viewsAre(page, '9')
  await page.getByRole('heading', { name: /^Views, .*, by day$/ }).waitFor()
  await page.getByRole('combobox', { name: 'By', exact: true }).selectOption('P1W')
  await page.getByRole('heading', { name: /by week$/ }).waitFor()
  await page.getByRole('switch', { name: 'Table' }).check()
  await page
    .getByRole('rowheader', { name: /^week of/ })
    .first()
    .waitFor()
  const rows = await page.locator('.course-table tbody tr').count()
  assert.ok(rows >= 5 && rows <= 6, `${rows} weeks`)
  assert.match(page.url(), /by=P1W&show=table/)
  assert.deepEqual(page.faults, [])
})

test('minutes that are no longer kept are shown as what is', async () => {
  const page = await browser.page()
  await page.goto(`${product.url}/#/video/cats?from=${lastYear}&to=${lastYear}&by=PT1M&zone=UTC`)
  await viewsAre(page, '7')
  await page.getByText('Nothing finer than by').waitFor()
  await page.locator('.chart canvas').waitFor()
  assert.deepEqual(
    page.faults.filter((fault) => !fault.includes('status of 400')),
    [],
  )
})

test('a chart is taken away as a picture and as a table', async () => {
  const page = await browser.page()
  await page.goto(
    `${product.url}/#/video/cats?from=${yesterday}&to=${yesterday}&zone=${ZONE}&compare=previous`,
  )
  await page.locator('.chart canvas').waitFor()
  const saved = async (name: string) => {
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name, exact: true }).click(),
    ])
    return { name: file.suggestedFilename(), bytes: await readFile((await file.path())!) }
  }
  const picture = await saved('PNG')
  assert.equal(picture.name, `cats-view-${yesterday}-${yesterday}.png`)
  assert.equal(picture.bytes.subarray(0, 8).toString('hex'), PNG_SIGNATURE)
  const [width, height] = [picture.bytes.readUInt32BE(16), picture.bytes.readUInt32BE(20)]
  assert.ok(width > 800 && height > 350, `${width} × ${height}`)
  const table = await saved('CSV')
  assert.equal(table.name, `cats-view-${yesterday}-${yesterday}.csv`)
  const lines = table.bytes.toString().trim().split('\r\n')
  assert.equal(lines.length, 25)
  assert.match(lines[1]!, new RegExp(`cats,view,count,${yesterday}T00:00:00\\+05:30,3,`))
  assert.deepEqual(page.faults, [])
})

test('the snippet for other pages is shown', async () => {
  const page = await browser.page()
  await page.goto(`${product.url}/#/video/cats?type=like`)
  await page.getByRole('button', { name: 'Embed' }).click()
  const snippet = page.getByLabel('Snippet')
  await snippet.waitFor()
  assert.equal(
    await snippet.textContent(),
    `<script type="module" src="${product.url}/tally-count.js"></script>\n` +
      '<tally-count video="cats" type="like"></tally-count>',
  )
  await keepScreenshot(page, 'embed')
  await page.keyboard.press('Escape')
  await snippet.waitFor({ state: 'hidden' })
  assert.deepEqual(page.faults, [])
})

test('a chart is read by the arrow keys', async () => {
  const page = await browser.page({ timeZone: ZONE })
  await page.goto(`${product.url}/#/video/cats?from=${yesterday}&to=${yesterday}&compare=previous`)
  await page.locator('.chart canvas').waitFor()
  await page.locator('.chart').focus()
  await page.keyboard.press('Home')
  await page.locator('.chart [aria-live]', { hasText: /00:00: 3, before: 0$/ }).waitFor({ state: 'attached' })
  await page.keyboard.press('PageDown')
  await page.locator('.chart [aria-live]', { hasText: /12:00: 2, before: 4$/ }).waitFor({ state: 'attached' })
  await page.keyboard.press('ArrowRight')
  await page.locator('.chart-tip', { hasText: '13:00' }).waitFor()
  await page.keyboard.press('Escape')
  await page.locator('.chart-tip').waitFor({ state: 'hidden' })
  assert.deepEqual(page.faults, [])
})
