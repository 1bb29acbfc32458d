// Somebody opens the page of a server that asks for keys, with a key of each role: one form asks, the page says what a
// key may not see, and no number is shown that the key does not allow.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { Page } from 'playwright-core'
import { systemClock } from '../../lib/system-clock.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { run } from '../../tools/keys/run-keys.ts'
import { isAccessible } from './accessible.ts'
import { keepScreenshot, TestBrowser } from './browser.ts'
import { type Product, startProduct } from './product.ts'

const ROLES = ['write', 'read', 'full', 'admin'] as const
type Role = (typeof ROLES)[number]

let directory: Awaited<ReturnType<typeof temporaryDirectory>>
let product: Product
let browser: TestBrowser
const keys = {} as Record<Role, string>

before(async () => {
  directory = await temporaryDirectory()
  const keysFile = join(directory.path, 'keys.json')
  for (const role of ROLES) {
    const print = (line: string) => {
      keys[role] = line
    }
    const key = { role, tenant: 'acme', origins: [], note: '', expiresMs: null }
    await run(keysFile, { command: 'create', key }, systemClock, { print, say: () => {} })
  }
  product = await startProduct({ KEYS_FILE: keysFile })
  browser = await TestBrowser.launch()
  const answer = await fetch(`${product.url}/v1/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': keys.write },
    body: JSON.stringify({ id: 'v1', videoId: 'clip', type: 'view', time: Date.now() }),
  })
  assert.equal(answer.status, 202)
})
after(async () => {
  await browser[Symbol.asyncDispose]()
  await product[Symbol.asyncDispose]()
  await directory[Symbol.asyncDispose]()
})

async function open(path: string): Promise<Page> {
  const page = await browser.page()
  await page.goto(`${product.url}/${path}`)
  return page
}

async function signInWith(page: Page, key: string): Promise<void> {
  await page.getByLabel('API key').fill(key)
  await page.getByRole('button', { name: 'Use it' }).click()
}

for (const path of ['', '#/video/clip', '#/channel/Pets', '#/operations']) {
  test(`one form takes the place of the page at /${path}`, async () => {
    const page = await open(path)
    await page.getByText('This server asks for an API key.').waitFor()
    assert.equal(await page.getByLabel('API key').count(), 1)
    assert.equal(await page.locator('main .panel, main .headline').count(), 0)
    await isAccessible(page)
  })
}

test('a wrong key is said to be unknown, and the next one is taken', async () => {
  const page = await open('#/video/clip')
  await signInWith(page, 'rk_nobody')
  await page.getByText('This API key is unknown.').waitFor()
  assert.equal(await page.getByText('Connection lost').count(), 0)
  await keepScreenshot(page, 'sign-in')
  await signInWith(page, ` ${keys.read} `)
  await page.getByText('1 view, all time').first().waitFor({ state: 'attached' })
})

test('a key that only sends sees nothing, and is told which roles do', async () => {
  const page = await open('')
  await signInWith(page, keys.write)
  await page.getByText('This address needs a key of another role: read, full or admin.').waitFor()
})

for (const role of ['read', 'full'] as const) {
  test(`a key of the role ${role} sees its videos, and no numbers of all tenants`, async () => {
    const page = await open('')
    await signInWith(page, keys[role])
    await page.getByRole('heading', { name: 'Right now' }).waitFor()
    await page.locator('.headline').waitFor({ state: 'hidden' })
    await page.getByRole('link', { name: 'Operations' }).click()
    await page.getByText('The ledger is that of all tenants: only an admin key shows it.').waitFor()
    await page.getByText('Only operators see this.').waitFor()
    assert.equal(await page.getByLabel('Admin key').count(), 1)
    assert.equal(await page.getByText('0 in all').count(), 0)
    await keepScreenshot(page, `operations-of-${role}`)
  })
}

test('an admin key is asked for once', async () => {
  const page = await open('#/operations')
  await signInWith(page, keys.admin)
  await page.getByText('✓ adds up').first().waitFor()
  await page.getByText('No video is or was spread over several partitions.').waitFor()
  await page.getByText('None. Every event so far could be read and stored.').waitFor()
  assert.equal(await page.getByLabel('Admin key').count(), 0)
  await page.getByRole('link', { name: 'Overview' }).click()
  await page.getByText('1 event counted').first().waitFor({ state: 'attached' })
})
