// The documentation in a real browser: contents, search, light and dark.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { isAccessible } from './accessible.ts'
import { keepScreenshot, PHONE, TestBrowser } from './browser.ts'
import { besideOneTheme } from './one-theme.ts'
import { type Product, startProduct } from './product.ts'

const SIZES = { desk: { width: 1_440, height: 900 }, phone: PHONE }
const PAGES = {
  home: 'docs',
  tutorial: 'docs/tutorial',
  tables: 'docs/settings',
  deep: 'docs/operate/kubernetes',
}

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

test('from the dashboard to the docs and back', async () => {
  const page = await browser.page()
  await page.goto(product.url)
  await page.getByRole('link', { name: 'Docs' }).click()
  await page.getByRole('heading', { name: 'Documentation', level: 1 }).waitFor()
  const contents = page.getByRole('navigation', { name: 'Documentation' })
  await contents.getByRole('link', { name: 'Your first count' }).click()
  await page.waitForURL('**/docs/tutorial')
  assert.equal(await contents.locator('[aria-current="page"]').textContent(), 'Your first count')
  await contents.getByRole('link', { name: 'HTTP API' }).click()
  await page.getByRole('link', { name: 'All documentation' }).click()
  await page.getByRole('link', { name: 'Dashboard' }).click()
  await page.locator('.headline').waitFor()
  assert.deepEqual(page.faults, [])
})

test('a search finds headings, text and routes, by keyboard alone', async () => {
  const page = await browser.page()
  await page.goto(`${product.url}/docs/operate/kubernetes`)
  await page.keyboard.press('/')
  await page.keyboard.type('share links')
  await page.locator('#found a', { hasText: 'Share links' }).first().waitFor()
  await keepScreenshot(page, 'docs-search')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/docs/keys#share-links')
  await page.keyboard.press('/')
  await page.keyboard.type('/v1/top')
  await page.locator('#found a', { hasText: 'GET /v1/top' }).first().click()
  await page.waitForURL('**/docs/api#getTop')
  await page.goto(`${product.url}/docs`)
  await page.keyboard.press('/')
  await page.keyboard.type('zzzz')
  await page.getByText('Nothing was found for “zzzz”.').waitFor()
  await page.keyboard.press('Escape')
  assert.equal(await page.locator('#found').isVisible(), false)
  assert.deepEqual(page.faults, [])
})

test('the description of the API fits a phone', async () => {
  const page = await browser.page({ size: PHONE })
  await page.goto(`${product.url}/docs/api`)
  await page.getByRole('heading', { level: 1 }).waitFor()
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth))
  await page.close()
})

for (const [device, size] of Object.entries(SIZES)) {
  for (const scheme of ['light', 'dark'] as const) {
    const title = `on a ${device} in ${scheme} pages fit the screen, and axe finds nothing serious`
    test(title, { skip: besideOneTheme(device, scheme) }, async () => {
      const page = await browser.page({ size, scheme })
      for (const [name, path] of Object.entries(PAGES)) {
        await page.goto(`${product.url}/${path}`)
        await page.getByRole('heading', { level: 1 }).waitFor()
        assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), path)
        await isAccessible(page)
        await keepScreenshot(page, `docs-${name}-${device}-${scheme}`)
      }
      if (device === 'phone') {
        await page.getByText('Contents', { exact: true }).click()
        await page
          .getByRole('navigation', { name: 'Documentation' })
          .getByRole('link', { name: 'Backups' })
          .waitFor()
        await keepScreenshot(page, `docs-contents-${device}-${scheme}`)
      }
      assert.deepEqual(page.faults, [])
      await page.close()
    })
  }
}
