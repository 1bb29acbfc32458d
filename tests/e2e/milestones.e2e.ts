// Somebody asks on the page of a video to be told of a number, and is told.
import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { until } from '../../testing/until.ts'
import { keepScreenshot, PHONE, sendInPage, TestBrowser } from './browser.ts'
import { type Product, startProduct } from './product.ts'

const told: string[] = []
const receiver = createServer(async (request, reply) => {
  const { type, data } = JSON.parse(Buffer.concat(await request.toArray()).toString())
  told.push(`${type} ${data.threshold ?? ''}`.trim())
  reply.writeHead(204).end()
})
let product: Product
let browser: TestBrowser
let host: string

before(async () => {
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  host = `127.0.0.1:${(receiver.address() as AddressInfo).port}`
  product = await startProduct({ WEBHOOK_HOSTS: host, ALERTS_INTERVAL_MS: '200' })
  browser = await TestBrowser.launch()
})
after(async () => {
  await browser[Symbol.asyncDispose]()
  await product[Symbol.asyncDispose]()
  receiver.closeAllConnections()
  receiver.close()
})

test('a number is added, tested, told of and removed', async () => {
  const page = await browser.page()
  await page.goto(product.url)
  await sendInPage(
    page,
    [1, 2, 3].map(() => ({ videoId: 'cats', type: 'view' })),
  )
  await page.goto(`${product.url}/#/video/cats`)
  const panel = page.getByRole('region', { name: 'Milestones' })
  await panel.scrollIntoViewIfNeeded() // it asks only where it is seen
  await panel.getByText('There are no milestones yet.').waitFor()
  await panel.getByLabel('Number of views').fill('3')
  await panel.getByLabel('Webhook').fill(`http://${host}/tally`)
  await panel.getByRole('button', { name: 'Add' }).click()
  await panel.getByText(/^whsec_/).waitFor()
  await panel.getByRole('rowheader', { name: '3 views' }).waitFor()
  await panel.getByRole('button', { name: 'Test' }).click()
  await panel.getByText('The receiver took the test.').waitFor()
  await until('both are told', () => told.length >= 2)
  assert.deepEqual(told.toSorted(), ['alert.passes 3', 'alert.test'])
  await page.reload()
  await panel.scrollIntoViewIfNeeded()
  await panel.getByText(/^3: told /).waitFor()
  await keepScreenshot(page, 'milestones')
  await panel.getByRole('button', { name: 'Remove' }).click()
  await panel.getByText('There are no milestones yet.').waitFor()
  assert.deepEqual(page.faults, [])
})

test('an address that is refused is explained, also on a phone', async () => {
  const page = await browser.page({ size: PHONE })
  await page.goto(`${product.url}/#/video/cats`)
  const panel = page.getByRole('region', { name: 'Milestones' })
  await panel.getByLabel('Number of views').fill('10')
  await panel.getByLabel('Webhook').fill('https://10.0.0.1/')
  await panel.getByRole('button', { name: 'Add' }).click()
  await panel.getByText('url must be of the public internet').waitFor()
  const [wide, screen] = await page.evaluate(() => [document.body.scrollWidth, innerWidth])
  assert.ok(wide! <= screen!, `${wide} px`)
  await keepScreenshot(page, 'milestones-phone')
})
