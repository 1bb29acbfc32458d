// The demo shows live numbers within ten seconds, history some time later, and leaves no files behind.
import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { test } from 'node:test'
import { StandaloneChild } from '../../testing/standalone-child.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { keepScreenshot, TestBrowser } from './browser.ts'

const ALIVE_WITHIN_MS = 10_000
/** Ten days are imported and recounted in the background, on a machine that may be busy; others follow. */
const HISTORY_WITHIN_MS = 600_000
/** Of a video with few usual views: those of its hour of fame. */
const FAMOUS_VIEWS_MIN = 8_000
const POLL_MS = 1_000

test('the demo is alive within ten seconds, and has history soon', async (t) => {
  await using directory = await temporaryDirectory()
  await using browser = await TestBrowser.launch()
  const startedMs = performance.now()
  await using demo = new StandaloneChild({ TMPDIR: directory.path, DATA_DIR: '/nowhere' }, ['--demo'])
  const page = await browser.page()
  const url = await demo.url()
  await page.goto(`${url}/#/video/octopus-jar?range=1h`)
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
  const aliveMs = performance.now() - startedMs
  t.diagnostic(`alive after ${Math.round(aliveMs)} ms`)
  assert.ok(aliveMs < ALIVE_WITHIN_MS, `${aliveMs} ms`)
  await keepScreenshot(page, 'demo')

  const views = async (days: number) => {
    const startTime = new Date(Date.now() - days * 86_400_000).toISOString()
    const question = new URLSearchParams({ eventType: 'view', function: 'count', startTime })
    const answer = await fetch(`${url}/v1/videos/fold-a-map/stats?${question}`)
    return ((await answer.json()) as { value: number }).value
  }
  while ((await views(11)) < FAMOUS_VIEWS_MIN) {
    assert.ok(performance.now() - startedMs < HISTORY_WITHIN_MS, 'the hour of fame is not there yet')
    await page.waitForTimeout(POLL_MS)
  }
  t.diagnostic(`ten days were there after ${Math.round((performance.now() - startedMs) / 1_000)} s`)
  await page.goto(`${url}/#/video/fold-a-map?range=30d`)
  await page.locator('.course[aria-busy="false"] canvas').waitFor()
  await page.getByRole('list', { name: 'Notes on the chart' }).getByRole('button').waitFor()
  await keepScreenshot(page, 'demo-fame')
  await page.goto(`${url}/#/?window=24h`)
  await page.getByRole('region', { name: 'Right now' }).getByText('watching now').waitFor()
  await page.locator('.site .course[aria-busy="false"] canvas').waitFor()
  await keepScreenshot(page, 'demo-overview')
  const { code, errors } = await demo.kill('SIGTERM')
  assert.deepEqual({ code, errors }, { code: 0, errors: '' })
  assert.deepEqual(await readdir(directory.path), [])
})
