// Somebody notes what happened at a time of a video, and whoever reads its chart sees it.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { systemClock } from '../../lib/system-clock.ts'
import { MINUTE_MS } from '../../model/bucket.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { run } from '../../tools/keys/run-keys.ts'
import { isAccessible } from './accessible.ts'
import { keepScreenshot, PHONE, TestBrowser } from './browser.ts'
import { besideOneTheme } from './one-theme.ts'
import { type Product, startProduct } from './product.ts'

const SIZES = { desk: { width: 1_440, height: 900 }, tablet: { width: 1_024, height: 768 }, phone: PHONE }
const ZONE = 'Asia/Kolkata'
const REFUSED = /status of 40[13]/

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let product: Product
let browser: TestBrowser
let owner: string
let reader: string

before(async () => {
  directory = await temporaryDirectory()
  const keysFile = join(directory.path, 'keys.json')
  const createKey = async (role: 'full' | 'read') => {
    const printed: string[] = []
    const key = { role, tenant: 'acme', origins: [], note: '', expiresMs: null }
    const output = { print: (line: string) => void printed.push(line), say: () => {} }
    await run(keysFile, { command: 'create', key }, systemClock, output)
    return printed[0]!
  }
  owner = await createKey('full')
  reader = await createKey('read')
  product = await startProduct({ KEYS_FILE: keysFile })
  browser = await TestBrowser.launch()
  const events = Array.from({ length: 40 }, (_, i) => ({
    ...{ id: `v${i}`, videoId: 'cats', type: 'view', value: 9 },
    time: Date.now() - (i % 8) * MINUTE_MS,
  }))
  await post('v1/events', { events })
})
after(async () => {
  await browser[Symbol.asyncDispose]()
  await product[Symbol.asyncDispose]()
  await directory[Symbol.asyncDispose]()
})

async function post(path: string, body: object): Promise<Record<string, string>> {
  const headers = { 'content-type': 'application/json', 'x-api-key': owner }
  const answer = await fetch(`${product.url}/${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  })
  if (!answer.ok) throw new Error(await answer.text())
  return answer.json() as Promise<Record<string, string>>
}

async function chartFor(key: string, options = {}): Promise<Page & { readonly faults: string[] }> {
  const page = await browser.page({ timeZone: ZONE, ...options })
  await page.addInitScript((given) => sessionStorage.setItem('tally-api-key', given), key)
  await page.goto(`${product.url}/#/video/cats?range=1h`)
  await page.locator('.course[aria-busy="false"] canvas').waitFor()
  return page
}

/** As the input writes it: the time in Kolkata, so many minutes ago. */
function wallText(minutesAgo: number): string {
  return Temporal.Now.zonedDateTimeISO(ZONE)
    .subtract({ minutes: minutesAgo })
    .toString({ smallestUnit: 'minute', timeZoneName: 'never', offset: 'never' })
}

test('a note is added by its time and text, stands on the chart, is listed and removed', async () => {
  const page = await chartFor(owner)
  const marks = page.getByRole('list', { name: 'Notes on the chart' })
  assert.equal(await marks.count(), 0)
  await page.getByRole('button', { name: 'Notes' }).click()
  const panel = page.getByRole('dialog', { name: 'Notes on the chart' })
  await panel.getByLabel('When').fill(wallText(20))
  await panel.getByLabel('What').fill('Trailer published <b>🎬</b>')
  await panel.getByRole('button', { name: 'Add' }).click()
  await panel.getByText('Added.').waitFor()
  await panel.getByRole('button', { name: 'Remove: Trailer' }).waitFor()
  await page.keyboard.press('Escape')
  const mark = marks.getByRole('button', { name: /: Trailer published <b>🎬<\/b>$/ })
  await mark.waitFor()
  await page.getByRole('button', { name: 'Notes (1)' }).waitFor()
  const [frame, box] = await Promise.all([page.locator('.chart-plot').boundingBox(), mark.boundingBox()])
  const share = (box!.x - frame!.x) / frame!.width
  assert.ok(share > 0.5 && share < 0.8, `two thirds along the hour: ${share}`)
  await mark.hover()
  await page.locator('.chart-mark-full', { hasText: 'Trailer' }).waitFor()
  await keepScreenshot(page, 'note')

  const another = await chartFor(owner)
  await another.getByRole('list', { name: 'Notes on the chart' }).getByRole('button').waitFor()
  await another.getByRole('button', { name: '30 d,' }).click()
  await another.getByRole('heading', { name: /by day$/ }).waitFor()
  await another.getByRole('list', { name: 'Notes on the chart' }).getByRole('button').waitFor()
  assert.deepEqual(another.faults, [])

  await mark.click()
  await panel.getByRole('button', { name: 'Remove: Trailer' }).click()
  await panel.getByText('Removed.').waitFor()
  await mark.waitFor({ state: 'detached' })
  assert.deepEqual(page.faults, [])
})

test('hands need no mouse: the arrow keys choose the time, and Tab reaches the mark', async () => {
  const page = await chartFor(owner)
  await page.locator('.chart').focus()
  await page.keyboard.press('End')
  for (let i = 0; i < 10; i++) await page.keyboard.press('ArrowLeft')
  await page.keyboard.press('n')
  const panel = page.getByRole('dialog', { name: 'Notes on the chart' })
  const when = await panel.getByLabel('When').inputValue()
  const agoMs = Temporal.Now.instant().epochMilliseconds - instantOf(when)
  assert.ok(agoMs > 8 * MINUTE_MS && agoMs < 13 * MINUTE_MS, `${agoMs / MINUTE_MS} minutes ago`)
  await page.keyboard.type('By keys')
  await page.keyboard.press('Enter')
  await panel.getByText('Added.').waitFor()
  await page.keyboard.press('Escape')
  await page.locator('.chart').focus()
  await page.keyboard.press('Tab')
  assert.match(
    (await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))) ?? '',
    /: By keys$/,
  )
  await page.locator('.chart-mark-full', { hasText: 'By keys' }).waitFor()
  assert.deepEqual(page.faults, [])
})

function instantOf(wall: string): number {
  return Temporal.PlainDateTime.from(wall).toZonedDateTime(ZONE).epochMilliseconds
}

test('a key that only reads sees notes, and is told that it may not add one', async () => {
  const page = await chartFor(reader)
  await page.getByRole('list', { name: 'Notes on the chart' }).getByRole('button').first().waitFor()
  await page.getByRole('button', { name: 'Notes (1)' }).click()
  const panel = page.getByRole('dialog', { name: 'Notes on the chart' })
  await panel.getByLabel('What').fill('Mine')
  await panel.getByRole('button', { name: 'Add' }).click()
  await panel.getByText('This address needs a key of another role').waitFor()
  assert.equal(await panel.getByLabel('What').isVisible(), false)
  assert.deepEqual(
    page.faults.filter((fault) => !REFUSED.test(fault)),
    [],
  )
})

test('whoever comes by a link sees none, and asks for none', async () => {
  const { url } = await post('v1/share', { videoId: 'cats' })
  const page = await browser.page()
  const asked: string[] = []
  page.on('request', (request) => asked.push(request.url()))
  await page.goto(`${url}?range=1h`)
  await page.locator('.course[aria-busy="false"] canvas').waitFor()
  assert.equal(await page.getByRole('button', { name: 'Notes' }).count(), 0)
  assert.deepEqual(
    asked.filter((address) => address.includes('annotations')),
    [],
  )
})

for (const [device, size] of Object.entries(SIZES)) {
  for (const scheme of ['light', 'dark'] as const) {
    const title = `on a ${device} in ${scheme} notes fit the screen, and axe finds nothing serious`
    test(title, { skip: besideOneTheme(device, scheme) }, async () => {
      const page = await chartFor(owner, { size, scheme })
      const mark = page.getByRole('list', { name: 'Notes on the chart' }).getByRole('button').first()
      await mark.focus()
      await keepScreenshot(page, `notes-mark-${device}-${scheme}`)
      await page.getByRole('button', { name: 'Notes (1)' }).click()
      await page.getByRole('dialog', { name: 'Notes on the chart' }).getByText('By keys').waitFor()
      assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth))
      await isAccessible(page)
      await keepScreenshot(page, `notes-${device}-${scheme}`)
      await page.close()
    })
  }
}
