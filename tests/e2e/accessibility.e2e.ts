// Axe finds nothing serious on any page, in light and dark, on desktop and mobile sizes.
import { after, before, describe, test } from 'node:test'
import { anEvent } from '../../testing/dead-letter-fixture.ts'
import { isAccessible } from './accessible.ts'
import { DESKTOP, PHONE, sendInPage, TestBrowser } from './browser.ts'
import { besideOneTheme } from './one-theme.ts'
import { archived, nameVideos, type Product, startProduct } from './product.ts'

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
  const channel = 'Tide Pool'
  await nameVideos(
    product,
    Array.from({ length: 9 }, (_, i) => ({ videoId: `video-${i}`, title: `Part ${i}`, channel })),
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
  'dates and a comparison': {
    hash: '#/video/video-0?from=2026-11-01&to=2026-11-07&compare=year',
    ready: '.course[aria-busy="false"]',
  },
  'list of videos': { hash: '#/', ready: '.video-table tbody a' },
  channel: { hash: '#/channel/Tide%20Pool', ready: '.video-table tbody a' },
  'unknown channel': { hash: '#/channel/nobody', ready: '.unknown' },
  table: { hash: '#/video/video-0?range=1h&show=table', ready: '.course-table td' },
  'video without events': { hash: '#/video/nobody?range=all', ready: '.notice pre' },
  operations: { hash: '#/operations', ready: '.letter-head' },
  'nothing here': { hash: '#/nowhere', ready: '.notice' },
} as const

for (const scheme of ['light', 'dark'] as const) {
  for (const [device, size] of Object.entries({ desk: DESKTOP, phone: PHONE })) {
    describe(`${scheme}, on a ${device}:`, { skip: besideOneTheme(device, scheme) }, () => {
      for (const [name, { hash, ready }] of Object.entries(VIEWS)) {
        test(name, async () => {
          const page = await browser.page({ scheme, size })
          await page.goto(`${product.url}/${hash}`)
          const lazy = /^\.(video-table|breakdown-place)/.exec(ready)?.[1]
          if (lazy !== undefined) {
            await page
              .locator(lazy === 'video-table' ? '.videos-panel' : '.breakdown')
              .scrollIntoViewIfNeeded()
          }
          await page.locator(ready).first().waitFor()
          if (name === 'dates and a comparison') await page.getByRole('button', { name: '2026' }).click()
          if (name === 'breakdown') await page.getByRole('button', { name: 'Embed' }).click()
          if (name === 'operations') await page.locator(ready).first().click()
          await isAccessible(page)
          await page.close()
        })
      }
    })
  }
}
