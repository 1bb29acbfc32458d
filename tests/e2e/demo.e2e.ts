// The demo shows live numbers within ten seconds, and leaves no files behind.
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { test } from 'node:test'
import { StandaloneChild } from '../../testing/standalone-child.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { keepScreenshot, TestBrowser } from './browser.ts'

const ALIVE_WITHIN_MS = 10_000

test('the demo is alive within ten seconds', async () => {
  await using directory = await temporaryDirectory()
  await using browser = await TestBrowser.launch()
  const startedMs = performance.now()
  await using demo = new StandaloneChild({ TMPDIR: directory.path, DATA_DIR: '/nowhere' }, ['--demo'])
  const page = await browser.page()
  await page.goto(`${await demo.url()}/#/video/octopus-jar?range=1h`)
  const headline = () => page.locator('.digits .visually-hidden').first().textContent()
  await page
    .locator('.card', { hasText: /^Likes/ })
    .locator('.card-value', { hasText: /[1-9]/ })
    .waitFor()
  const first = await headline()
  await page.waitForFunction(
    (text) => document.querySelector('.digits .visually-hidden')?.textContent !== text,
    first,
  )
  assert.ok(performance.now() - startedMs < ALIVE_WITHIN_MS, `${performance.now() - startedMs} ms`)
  await keepScreenshot(page, 'demo')
  const { code, errors } = await demo.kill('SIGTERM')
  assert.deepEqual({ code, errors }, { code: 0, errors: '' })
  assert.deepEqual(await readdir(directory.path), [])
})
