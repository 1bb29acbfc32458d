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
/** Of no tenant. */
const ROOT = 'root-key'

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
  product = await startProduct({ KEYS_FILE: keysFile, ADMIN_KEYS: ROOT })
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
  await page.getByRole('button', { name: 'Sign in' }).click()
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
  assert.equal(await page.getByLabel('API key').inputValue(), 'rk_nobody', 'it can be mended')
  assert.equal(await page.getByText('Connection lost').count(), 0)
  await keepScreenshot(page, 'sign-in')
  await signInWith(page, ` ${keys.read} `)
  await page.getByText('1 view, all time').first().waitFor({ state: 'attached' })
})

test('what a key may do is told while it is typed; one that only sends is not kept', async () => {
  const page = await open('')
  await page.getByText('send events only: it opens nothing here').waitFor()
  await page.getByLabel('API key').fill(keys.write)
  await page.getByText('A key of the role write: it may send events only').waitFor()
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('This is a key of the role write: it may only send events.').waitFor()
  await isAccessible(page)
  await page.reload()
  await page.getByText('This server asks for an API key.').waitFor()
})

const MAY_NOT = {
  read: 'It may not change titles, notes or milestones, send events or see Operations.',
  full: 'It may not see Operations.',
}

for (const role of ['read', 'full'] as const) {
  test(`a key of the role ${role} sees its videos, and no numbers of all tenants`, async () => {
    const page = await open('')
    await signInWith(page, keys[role])
    await page.getByRole('heading', { name: 'Right now' }).waitFor()
    await page.locator('.headline').waitFor({ state: 'hidden' })
    await page.getByRole('button', { name: 'Your key' }).click()
    await page.getByText(`A key of the role ${role}, of the tenant acme`).waitFor()
    await page.getByText(MAY_NOT[role]).waitFor()
    await isAccessible(page)
    await keepScreenshot(page, `key-of-${role}`)
    await page.keyboard.press('Escape')
    await page.getByRole('link', { name: 'Operations' }).click()
    await page.getByText('The ledger is that of all tenants: only an admin key shows it.').waitFor()
    await page.getByText('Only operators see this.').waitFor()
    assert.equal(await page.getByLabel('Admin key').count(), 1)
    assert.equal(await page.getByText('0 in all').count(), 0)
    await keepScreenshot(page, `operations-of-${role}`)
  })
}

test('whoever may not see all has no place held for it, before the server has answered', async () => {
  const page = await open('')
  await page.route('**/v1/audit', () => {}) // no answer
  await signInWith(page, keys.read)
  await page.getByRole('heading', { name: 'Right now' }).waitFor()
  assert.equal(await page.locator('.headline').isHidden(), true)
})

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

test('an admin key of no tenant opens Operations, and the way out forgets it', async () => {
  const page = await open('')
  await signInWith(page, ROOT)
  await page.getByText('✓ adds up').first().waitFor()
  assert.equal(new URL(page.url()).hash, '#/operations')
  await page.getByRole('button', { name: 'Your key' }).click()
  await page.getByText('A key of the role admin, of no tenant').waitFor()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByText('This server asks for an API key.').waitFor()
})

test('among operators a key of another role is said to be one', async () => {
  const page = await open('#/operations')
  await signInWith(page, keys.read)
  await page.getByLabel('Admin key').fill(keys.full)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByText('This is a key of the role full. Operations needs one of the role admin.').waitFor()
})
