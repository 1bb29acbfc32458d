// A page with the SDK in a real browser: bundled by esbuild, bundled by vite, and as the modules are. Each sends and
// reads back.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { type Product, startProduct } from '../e2e/product.ts'
import { bundle, viteBuild } from './bundlers.ts'
import { assertCounted, EXPECTED } from './counted-product.ts'
import { installedSdk } from './installed-sdk.ts'
import { SDK_ENTRIES } from './sdk-entries.ts'
import { BASE, launchBrowser, openPage, pageWith } from './test-page.ts'

const { folder, toolbox } = installedSdk()

let product: Product
let browser: Browser
before(async () => {
  product = await startProduct()
  browser = await launchBrowser()
})
after(async () => {
  await browser.close()
  await product[Symbol.asyncDispose]()
})

async function sendAndReadBack(videoId: string, directory: string, head?: string): Promise<void> {
  const html = head === undefined ? {} : { html: pageWith(head) }
  await using opened = await openPage(browser, product.url, directory, {
    ...html,
    query: `?video=${videoId}`,
  })
  const outcome = await opened.page.evaluate('outcome').catch((error) => [error, opened.faults])
  assert.deepEqual(outcome, EXPECTED)
  await assertCounted(product.url, videoId, EXPECTED.count)
}

test('bundled by esbuild', async () => {
  await bundle(toolbox, folder, 'page.mts')
  await sendAndReadBack('esbuild', folder, '<script type="module" src="page.bundle.js"></script>')
})

test('bundled by vite', async () => {
  await sendAndReadBack('vite', await viteBuild(toolbox, folder, BASE))
})

test('without a bundler, by an import map', async () => {
  const installed = `${BASE}node_modules/@tally/sdk/`
  const entries = SDK_ENTRIES.flatMap(({ name, targets: { browser } }) =>
    browser === undefined ? [] : [[name, installed + browser.slice('./'.length)]],
  )
  const imports = Object.fromEntries(entries)
  const map = `<script type="importmap">${JSON.stringify({ imports })}</script>`
  await sendAndReadBack('import-map', folder, `${map}<script type="module" src="page.mjs"></script>`)
})
