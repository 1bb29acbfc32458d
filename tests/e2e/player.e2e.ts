// The player helper against scripted truth in a real browser: watch time within a quarter of a second over pause, seek,
// speed, loop, stall, hidden tab, sleep and live.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PlayerOptions } from '../../sdk/src/player/index.ts'
import { type PlayerSite, startPlayerSite } from './player-site.ts'
import type { camera, Script, upload } from './player-truth.ts'
import { RealBrowser, type Tab } from './real-tabs.ts'

const TOLERANCE_MS = 250
const SECONDS = 12
const SLEEP_MS = 4_000

type Truth = {
  readonly Script: new (options?: Partial<PlayerOptions>) => Script
  readonly upload: typeof upload
  readonly camera: typeof camera
}
type Result = ReturnType<Script['result']>

declare global {
  /** Of the page: what player-truth.ts exports, and the script that runs. */
  var truth: Truth
  var script: Script
}

let site: PlayerSite
let browser: RealBrowser

before(async () => {
  site = await startPlayerSite()
  browser = await RealBrowser.launch()
  const tab = await open()
  await tab.evaluate((seconds) => truth.upload(seconds), SECONDS)
})
after(async () => {
  await browser[Symbol.asyncDispose]()
  await site[Symbol.asyncDispose]()
})

async function open(options = {}): Promise<Tab> {
  const tab = await browser.open(site.url, options)
  await load(tab)
  return tab
}

async function load(tab: Tab): Promise<void> {
  await tab.evaluate(async () => {
    const path = '/tests/e2e/player-truth.ts'
    globalThis.truth = await import(path)
  })
}

/** Holds what was reported against the truth. */
function hold(result: Result, expected: { views?: number; stalls?: number } = {}): Result {
  const errorMs = result.reportedMs - result.watchedMs
  const figures = `${result.reportedMs} ms reported, ${result.watchedMs.toFixed(0)} ms true`
  console.log(`  ${figures}: ${errorMs.toFixed(0)} ms off`)
  assert.ok(Math.abs(errorMs) <= TOLERANCE_MS, `${figures}: ${JSON.stringify(result.events)}`)
  assert.equal(result.types.filter((type) => type === 'play').length, 1)
  assert.equal(result.types.filter((type) => type === 'view').length, expected.views ?? 0)
  assert.equal(result.stalls.length, expected.stalls ?? 0, `${result.stalls}`)
  return result
}

test('pause', async () => {
  const tab = await open()
  const result = await tab.evaluate(async () => {
    const script = await new truth.Script().source('/video')
    await script.watch(2_500)
    await script.pause().wait(1_500)
    await script.watch(2_000)
    return script.pause().result()
  })
  hold(result)
})

test('seek ahead and back', async () => {
  const tab = await open()
  const result = await tab.evaluate(async () => {
    const script = await new truth.Script().source('/video')
    await script.watch(2_000)
    script.video.currentTime = 9
    await script.watch(1_500)
    script.video.currentTime = 4
    await script.watch(1_500)
    return script.pause().result()
  })
  hold(result)
})

test('twice and half as fast', async () => {
  const tab = await open()
  const result = await tab.evaluate(async () => {
    const script = await new truth.Script().source('/video')
    await script.watch(1_500)
    script.video.playbackRate = 2
    await script.watch(2_000)
    script.video.playbackRate = 0.5
    await script.watch(2_000)
    return script.pause().result()
  })
  const { events } = hold(result)
  const rates = events.filter(({ type }) => type === 'watch').map(({ attributes }) => attributes.rate ?? '1')
  assert.deepEqual(rates, ['1', '2', '0.5'])
})

test('to the end, over it and again: one view, all quartiles once', async () => {
  const tab = await open()
  const result = await tab.evaluate(async () => {
    const script = await new truth.Script().source('/video')
    script.video.loop = true
    script.video.playbackRate = 4
    let loops = 0
    script.video.addEventListener('seeking', () => loops++)
    void script.video.play()
    while (loops < 3) await script.wait(5)
    script.video.loop = false
    await new Promise((resolve) => script.video.addEventListener('ended', resolve))
    script.watchedMs = ((loops + 1) * script.video.duration * 1_000) / 4
    return script.result()
  })
  const { types } = hold(result, { views: 1 })
  const quartiles = types.filter((type) => type.startsWith('quartile'))
  assert.deepEqual(quartiles, ['quartile-25', 'quartile-50', 'quartile-75', 'quartile-100'])
})

test('stall: the server withholds bytes', async () => {
  const tab = await open()
  const { result, stalledMs } = await tab.evaluate(async () => {
    const script = await new truth.Script().source('/held')
    const stalledMs = await script.standstill()
    await script.wait(1_500)
    return { result: script.pause().trustPlayhead().result(), stalledMs }
  })
  const { stalls } = hold(result, { stalls: 1 })
  assert.ok(Math.abs(stalls[0]! - stalledMs) <= TOLERANCE_MS, `${stalls}, true ${stalledMs}`)
})

test('hidden: another tab comes in front', async () => {
  const tab = await open()
  await tab.evaluate(async () => {
    globalThis.script = await new truth.Script().source('/video')
    await script.watch(2_000)
  })
  const other = await browser.open('about:blank')
  await other.activate()
  // The browser lets a video without sound play on for a moment at most.
  const behindMs = await tab.evaluate(async () => {
    while (!document.hidden) await script.wait(10)
    const from = script.video.currentTime
    await script.wait(4_000)
    return (script.video.currentTime - from) * 1_000
  })
  await tab.activate()
  const result = await tab.evaluate(async () => {
    while (document.hidden) await script.wait(10)
    await script.wait(1_500)
    return script.pause().trustPlayhead().result()
  })
  const { events } = hold(result)
  const hidden = events.filter(({ type, attributes }) => type === 'watch' && attributes.hidden === 'true')
  const reportedMs = hidden.reduce((sum, { value }) => sum + value!, 0)
  assert.ok(
    Math.abs(reportedMs - behindMs) <= TOLERANCE_MS,
    `${reportedMs} of ${behindMs} ms behind another tab`,
  )
  assert.ok(hidden.length <= 1, `${hidden.length} reports`)
})

test('a tab born hidden is told apart', async () => {
  const tab = await open({ isBehind: true })
  await tab.evaluate(async () => {
    globalThis.script = await new truth.Script().source('/video')
    script.video.autoplay = true
    await script.wait(2_000)
  })
  await tab.activate()
  const result = await tab.evaluate(async () => {
    while (document.hidden) await script.wait(10)
    void script.video.play()
    await script.wait(1_500)
    return script.pause().trustPlayhead().result()
  })
  const { events } = hold(result)
  assert.ok(events.every(({ attributes }) => attributes.bornHidden === 'true'))
})

/** Another tab comes in front before, as one does when a browser freezes a page. */
async function frozen(tab: Tab): Promise<void> {
  await browser.open('about:blank')
  await tab.freeze(true)
  await sleep(SLEEP_MS)
  await tab.freeze(false)
  await tab.activate()
}

async function stopped(): Promise<void> {
  await browser.sleep(async () => {
    await sleep(SLEEP_MS)
  })
}

for (const rest of [frozen, stopped]) {
  test(`sleep: the page is ${rest.name}`, async () => {
    const tab = await open()
    await tab.evaluate(async () => {
      globalThis.script = await new truth.Script().source('/video')
      await script.watch(2_000)
    })
    await rest(tab)
    const result = await tab.evaluate(async () => {
      while (document.hidden) await script.wait(10)
      await script.watch(1_500)
      return script.pause().trustPlayhead().result()
    })
    hold(result)
  })
}

test('live: a camera, which has no end and no quartiles', async () => {
  const tab = await open()
  const result = await tab.evaluate(async () => {
    const script = new truth.Script({ viewAfterMs: 3_000 })
    script.video.srcObject = truth.camera()
    await script.watch(2_000)
    await script.pause().wait(1_500)
    await script.watch(2_000)
    return script.pause().result()
  })
  const { types } = hold(result, { views: 1 })
  assert.ok(types.every((type) => !type.startsWith('quartile')))
})

test('a reload makes the same view again, with its id and its time; a new tab another', async () => {
  const watchOn = (tab: Tab) =>
    tab.evaluate(async () => {
      const script = await new truth.Script({ viewAfterMs: 500 }).source('/video')
      await script.watch(1_000)
      const { id, time } = script.result().events.find(({ type }) => type === 'view')!
      return { id, time }
    })
  const tab = await open()
  const first = await watchOn(tab)
  await tab.reload()
  await load(tab)
  assert.deepEqual(await watchOn(tab), first)
  assert.notEqual((await watchOn(await open())).id, first.id)
})
