// The page of examples/player with the product: a video that is watched is one view, also after a reload.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import type { Page } from 'playwright-core'
import { keepScreenshot, TestBrowser } from './browser.ts'
import { startProduct } from './product.ts'

const SERVER = fileURLToPath(new URL('../../examples/player/serve.ts', import.meta.url))
const PATIENCE_MS = 60_000

/** In a loop, because a busy machine may lose a part of a video that runs fast. Answers the id of the view. */
async function watchUntilViewed(page: Page): Promise<string> {
  await page.waitForFunction(() => document.querySelector('video')!.readyState === 4)
  await page.evaluate(() => {
    const video = document.querySelector('video')!
    Object.assign(video, { playbackRate: 4, loop: true })
    return video.play()
  })
  await page.locator('[data-type=view]').waitFor()
  return (await page.locator('[data-type=view] td:last-child').textContent())!
}

async function countOf(url: string, type: string): Promise<number> {
  const answer = await fetch(`${url}/v1/videos/example-clip/stats?eventType=${type}&function=count`)
  return (await answer.json()).value
}

test('the example page counts one view, live beside the player, and a reload does not double it', async () => {
  await using product = await startProduct()
  await using browser = await TestBrowser.launch()
  const environment = { ...process.env, TALLY_URL: product.url, PORT: '0' }
  const server = spawn(process.execPath, [SERVER], { env: environment, stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    const [line] = await once(server.stdout.setEncoding('utf8'), 'data')
    const page = await browser.page()
    page.setDefaultTimeout(PATIENCE_MS)
    await page.goto(line.trim().replace('ready ', ''))
    const first = await watchUntilViewed(page)
    await page.locator('tally-count[type=view]', { hasText: /^1$/ }).waitFor()
    await keepScreenshot(page, 'player-example')
    await page.reload()
    assert.equal(await watchUntilViewed(page), first)
    await page.locator('tally-count[type=play]', { hasText: /^2$/ }).waitFor()
    assert.deepEqual([await countOf(product.url, 'view'), await countOf(product.url, 'play')], [1, 2])
    assert.deepEqual(page.faults, [])
  } finally {
    server.kill()
  }
})
