// Axe finds nothing serious on any page, in light and dark, on desktop and mobile sizes.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import axe from 'axe-core'
import { anEvent } from '../../testing/dead-letter-fixture.ts'
import { DESKTOP, PHONE, sendInPage, TestBrowser } from './browser.ts'
import { archived, type Product, startProduct } from './product.ts'

const SERIOUS = ['serious', 'critical']

let product: Product
let browser: TestBrowser

before(async () => {
  product = await startProduct({}, [anEvent({ timeMs: Date.now(), videoId: 'buried' })])
  browser = await TestBrowser.launch()
  const page = await browser.page()
  await page.goto(product.url)
  const types = ['view', 'like', 'dislike', 'share']
  await sendInPage(
    page,
    Array.from({ length: 80 }, (_, i) => ({
      videoId: `video-${i % 9}`,
      type: types[i % 4],
      attributes: { country: ['DE', 'FR'][i % 2] },
    })),
  )
  await archived(product, 'video-0')
})
after(async () => {
  await browser[Symbol.asyncDispose]()
  await product[Symbol.asyncDispose]()
})

const VIEWS = {
  overview: { hash: '#/', ready: '.headline' },
  video: { hash: '#/video/video-0?range=1h&compare=previous', ready: '.chart canvas' },
  breakdown: {
    hash: '#/video/video-0?range=1h',
    ready: '.breakdown-place[aria-busy="false"] table',
  },
  table: { hash: '#/video/video-0?range=1h&show=table', ready: '.course-table td' },
  'video without events': { hash: '#/video/nobody?range=all', ready: '.notice pre' },
  operations: { hash: '#/operations', ready: '.letter-head' },
  'nothing here': { hash: '#/nowhere', ready: '.notice' },
} as const

for (const scheme of ['light', 'dark'] as const) {
  for (const [device, size] of Object.entries({ desk: DESKTOP, phone: PHONE })) {
    describe(`${scheme}, on a ${device}:`, () => {
      for (const [name, { hash, ready }] of Object.entries(VIEWS)) {
        test(name, async () => {
          const page = await browser.page({ scheme, size })
          await page.goto(`${product.url}/${hash}`)
          await page.locator(ready).first().waitFor()
          if (name === 'operations') await page.locator(ready).first().click()
          await page.evaluate(axe.source)
          const { violations } = await page.evaluate(() =>
            (globalThis as unknown as typeof globalThis & { axe: typeof axe }).axe.run(),
          )
          const serious = violations.filter(({ impact }) => SERIOUS.includes(impact ?? ''))
          assert.deepEqual(
            serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('  ')}`),
            [],
          )
          await page.close()
        })
      }
    })
  }
}
