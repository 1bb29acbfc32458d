// Tests the embedded counter on a page of another site.
import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { sendInPage, TestBrowser } from './browser.ts'
import { type Product, startProduct } from './product.ts'

/** Its content security policy allows the product and nothing inline: stricter than most. */
const pageOf = (product: string) => ({
  policy: `default-src 'none'; script-src ${product}; connect-src ${product}`,
  html: `<!doctype html><html lang="de"><title>Fan page</title>
    <script type="module" src="${product}/tally-count.js"></script>
    <p>Views: <tally-count id="a" video="cats"></tally-count> · <tally-count id="b" video="dogs"></tally-count></p>`,
})

let site: Server
let siteUrl: string
let product: Product
let browser: TestBrowser

before(async () => {
  site = createServer((_request, response) => {
    const { policy, html } = pageOf(product.url)
    response
      .writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy })
      .end(html)
  })
  await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve))
  siteUrl = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
  browser = await TestBrowser.launch()
})
after(async () => {
  await browser[Symbol.asyncDispose]()
  site.close()
})

async function send(videoId: string, count: number): Promise<void> {
  const page = await browser.page()
  await page.goto(product.url)
  await sendInPage(
    page,
    Array.from({ length: count }, () => ({ videoId, type: 'view' })),
  )
  await page.close()
}

test('shows live numbers to a site that is allowed', async () => {
  product = await startProduct({ CORS_ORIGINS: siteUrl })
  await using _stopped = product
  await send('cats', 1_234)
  const page = await browser.page()
  await page.goto(siteUrl)
  await page.locator('#a', { hasText: '1.234' }).waitFor()
  await page.locator('#b', { hasText: '0' }).waitFor()
  await send('dogs', 7)
  await page.locator('#b', { hasText: '7' }).waitFor()
})

test('shows nothing to a site that is not', async () => {
  product = await startProduct()
  await using _stopped = product
  await send('cats', 5)
  const page = await browser.page()
  const refused = page.waitForEvent('requestfailed', (request) => request.url().includes('/stats'))
  await page.goto(siteUrl)
  await refused
  assert.equal(await page.locator('#a').textContent(), '')
})
