// The adapters with the players that they are for. The players are installed where npm keeps what is not part of this
// project, from the lockfile beside this test.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Page } from 'playwright-core'
import type { PlayerEvent, PlayerTracker } from '../../sdk/src/player/index.ts'
import { TestBrowser } from './browser.ts'
import { type PlayerSite, startPlayerSite } from './player-site.ts'

const LOCKED = fileURLToPath(new URL('./players/', import.meta.url))
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/players/', import.meta.url))
const TOLERANCE_MS = 250
const SECONDS = 6
const VIEW_AFTER_MS = 1_000

type Case = {
  readonly player: string
  /** Runs in the page: plays `/video`, and gives what a viewer does. */
  readonly start: (paths: Paths, global: Untyped) => Promise<Remote>
}
// biome-ignore lint/suspicious/noExplicitAny: the players' types are not installed where this is compiled
type Untyped = any
type Paths = { readonly adapter: string; readonly packages: string; readonly truth: string }
/** Of the page. */
type Remote = {
  readonly tracker: PlayerTracker
  readonly video: HTMLVideoElement
  /** Loads the same video again. */
  again(): unknown
}

declare global {
  var remote: Remote
  var events: PlayerEvent[]
  var options: object
}

let site: PlayerSite
let browser: TestBrowser

before(async () => {
  await mkdir(CACHE, { recursive: true })
  for (const name of ['package.json', 'package-lock.json'])
    await copyFile(join(LOCKED, name), join(CACHE, name))
  await promisify(execFile)('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: CACHE })
  site = await startPlayerSite(join(CACHE, 'node_modules'))
  browser = await TestBrowser.launch(['--autoplay-policy=no-user-gesture-required'])
  const page = await browser.page()
  await page.goto(site.url)
  await page.evaluate(async (seconds) => {
    const path = '/tests/e2e/player-truth.ts'
    await (await import(path)).upload(seconds)
  }, SECONDS)
  await page.close()
})
after(async () => {
  await browser[Symbol.asyncDispose]()
  await site[Symbol.asyncDispose]()
})

const CASES: readonly Case[] = [
  {
    player: 'video.js',
    async start({ adapter, packages }, global) {
      await import(`${packages}/video.js/dist/video.js`)
      const { trackVideoJs } = await import(`${adapter}/video-js.ts`)
      const source = { src: '/video', type: 'video/webm' }
      const player = global.videojs(document.querySelector('video'), { sources: [source] })
      const tracker = trackVideoJs(player, options)
      await new Promise((resolve) => player.ready(resolve))
      return { tracker, video: player.el().querySelector('video'), again: () => player.src(source) }
    },
  },
  {
    player: 'shaka',
    async start({ adapter, packages }, global) {
      await import(`${packages}/shaka-player/dist/shaka-player.compiled.js`)
      const { trackShaka } = await import(`${adapter}/shaka.ts`)
      const video = document.querySelector('video')!
      const player = new global.shaka.Player()
      await player.attach(video)
      const tracker = trackShaka(player, options)
      const again = () => player.load('/video', null, 'video/webm')
      await again()
      return { tracker, video, again }
    },
  },
  {
    player: 'vidstack',
    async start({ adapter, packages }, global) {
      await import(`${packages}/vidstack/cdn/vidstack.js`)
      const { trackVidstack } = await import(`${adapter}/vidstack.ts`)
      const player = global.document.createElement('media-player')
      player.append(document.createElement('media-provider'))
      player.muted = true
      document.querySelector('video')!.replaceWith(player)
      const tracker = trackVidstack(player, options)
      player.src = { src: '/video', type: 'video/webm' }
      await new Promise((resolve) => player.addEventListener('can-play', resolve, { once: true }))
      const again = () => {
        player.src = { src: '/video?again', type: 'video/webm' }
      }
      return { tracker, video: player.querySelector('video'), again }
    },
  },
  {
    player: 'hls.js',
    async start({ adapter, packages, truth }) {
      const { default: Hls } = await import(`${packages}/hls.js/dist/hls.mjs`)
      const { trackHls } = await import(`${adapter}/hls.ts`)
      const list: string = await (await import(truth)).playlist(6)
      const video = document.querySelector('video')!
      const hls = new Hls()
      const tracker = trackHls(hls, options)
      const again = () => hls.loadSource(list)
      again()
      hls.attachMedia(video)
      await new Promise((resolve) => video.addEventListener('canplay', resolve, { once: true }))
      return { tracker, video, again }
    },
  },
]

/** Plays, and answers how far the playhead came by it. */
async function watch(page: Page, ms: number): Promise<number> {
  return page.evaluate(async (forMs) => {
    const { video } = remote
    const wait = (of: number) => new Promise((resolve) => setTimeout(resolve, of))
    while (video.seeking || video.readyState < 3) await wait(5)
    const from = video.currentTime
    void video.play()
    while (video.currentTime === from) await wait(5)
    while ((video.currentTime - from) * 1_000 < forMs) await wait(5) // also where a busy machine lets it wait
    video.pause()
    return (video.currentTime - from) * 1_000
  }, ms)
}

for (const { player, start } of CASES) {
  test(`${player}: watch time, a view for each load, the start-up, no view by seeking`, async () => {
    const page = await browser.page()
    // Vidstack's bundle asks the web for its icons, which nothing here shows.
    const nothing = {
      contentType: 'text/javascript',
      body: 'export {}',
      headers: { 'access-control-allow-origin': '*' },
    }
    await page.route('https://cdn.jsdelivr.net/**', (route) => route.fulfill(nothing))
    await page.goto(site.url)
    const paths = { adapter: '/sdk/src/player', packages: '/packages', truth: '/tests/e2e/player-truth.ts' }
    await page.evaluate(
      async ([source, where, viewAfterMs]) => {
        globalThis.events = []
        const tally = { track: (event: PlayerEvent) => void events.push(event) }
        globalThis.options = { tally, videoId: 'cat-1', viewAfterMs }
        globalThis.remote = await new Function(`return ({ ${source} }).start`)()(where, globalThis)
      },
      [String(start), paths, VIEW_AFTER_MS] as const,
    )
    let watchedMs = await watch(page, 1_500)
    await page.evaluate(() => {
      remote.video.currentTime = 0.5
    })
    watchedMs += await watch(page, 1_500)
    const loaded = await page.evaluate(() => events.length)
    await page.evaluate(async () => {
      const { video } = remote
      const began = new Promise((resolve) => video.addEventListener('loadstart', resolve, { once: true }))
      remote.again()
      await began
      while (video.currentTime > 0.4 || video.readyState < 3)
        await new Promise((resolve) => setTimeout(resolve, 5))
    })
    watchedMs += await watch(page, 1_500)
    const reported = await page.evaluate(() => {
      remote.tracker.stop()
      return globalThis.events
    })
    const reportedMs = reported.reduce((sum, { type, value = 0 }) => sum + (type === 'watch' ? value : 0), 0)
    const figures = `${reportedMs} ms reported, ${watchedMs.toFixed(0)} ms true`
    console.log(`  ${figures}`)
    assert.ok(Math.abs(reportedMs - watchedMs) <= TOLERANCE_MS, `${figures}: ${JSON.stringify(reported)}`)
    const views = reported
      .map(({ type }, i) => (type === 'view' ? i < loaded : null))
      .filter((one) => one !== null)
    assert.deepEqual(views, [true, false], JSON.stringify(reported))
    assert.equal(reported.filter(({ type }) => type === 'play').length, 2)
    assert.ok(reported.every(({ attributes }) => attributes.player === player))
    await page.close()
  })
}
