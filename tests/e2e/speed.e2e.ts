// What Lighthouse measures, on this very page: how soon the largest text is there, how much jumps, how much is loaded.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { LEFT_TO_NIGHTLY } from '../../testing/nightly.ts'
import { PHONE, sendInPage, TestBrowser } from './browser.ts'
import { LoadedPage, type Visit } from './loaded-page.ts'
import { nameVideos, type Product, startProduct } from './product.ts'

/** `slowdown`: of the processor, beside that of the machine. */
const DEVICES = {
  desk: { size: { width: 1_440, height: 900 }, slowdown: 1 },
  phone: { size: PHONE, slowdown: 2 },
}
/** 150 characters: as long as titles get on video platforms, and more. */
const TITLE = `${'Cats of the harbour, and how they came to own every boat in it '.repeat(3)}`.slice(0, 150)
/** Over the network, compressed by gzip, with headers: all files and the first answer to each question. */
const BYTES_MAX = 120_000
const REQUESTS_MAX = 12
/** "Good" is 0.1: https://web.dev/articles/vitals. */
const SHIFT_MAX = 0.01
/**
 * Of the median load: what is called "good" for the largest text, held for the chart too, which comes after it. The aim
 * is a second, which is told and not held, because it follows the machine; a busy one gets as much longer as a loop in
 * the browser takes there.
 */
const READY_MS_MAX = 2_500
const LOADS = 5

let product: Product
let browser: TestBrowser

before(async () => {
  product = await startProduct()
  browser = await TestBrowser.launch()
  const page = await browser.page()
  await page.goto(product.url)
  const views = Array.from({ length: 60 }, (_, i) => ({
    ...{ videoId: i % 3 === 0 ? 'cats' : `video-${i % 7}`, type: 'view', value: 9 },
    attributes: { country: 'DE' },
  }))
  await sendInPage(page, views)
  const videos = Array.from({ length: 7 }, (_, i) => ({
    videoId: `video-${i}`,
    title: `${i} ${TITLE}`,
    channel: 'Pets',
  }))
  await nameVideos(product, [{ videoId: 'cats', title: TITLE, channel: 'Pets' }, ...videos])
  await page.close()
})
after(async () => {
  await browser[Symbol.asyncDispose]()
  await product[Symbol.asyncDispose]()
})

/** Opens the page anew, as one who has never been there. */
async function visit(
  hash: string,
  device: keyof typeof DEVICES,
  ready: string,
  { url }: Pick<Product, 'url'> = product,
): Promise<Visit> {
  const { size, slowdown } = DEVICES[device]
  const page = await LoadedPage.open(await browser.page({ size }), slowdown)
  return page.visit(`${url}/${hash}`, ready)
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)]!
}

for (const device of ['desk', 'phone'] as const) {
  const skip = device === 'desk' && LEFT_TO_NIGHTLY
  describe(`on a ${device} with slow mobile data,`, { skip }, () => {
    for (const [name, hash, ready] of [
      ['the overview', '#/', '.site .course[aria-busy="false"] canvas'],
      ['a video with a title of 150 characters', '#/video/cats', '.course[aria-busy="false"] canvas'],
      ['a channel', '#/channel/Pets', '.course[aria-busy="false"] canvas'],
    ] as const) {
      test(`${name} is there soon, does not jump, and is small`, async (t) => {
        const visits: Visit[] = []
        for (let load = 0; load < LOADS; load++) visits.push(await visit(hash, device, ready))
        const paintMs = median(visits.map((one) => one.paintMs))
        const slowness = Math.max(1, median(visits.map((one) => one.slowness)))
        const readyMs = median(visits.map((one) => one.readyMs))
        const { requests, bytes } = visits.at(-1)!
        const times = `LCP ${Math.round(paintMs)} ms, the chart after ${Math.round(readyMs)} ms`
        const paint = `${times}, ${slowness.toFixed(1)} times slower than usual`
        const figures = `${paint}, ${requests.length} requests, ${bytes} bytes`
        t.diagnostic(`${figures}: ${visits.at(-1)!.painted}`)
        for (const { shift, shifted, requests, bytes } of visits) {
          assert.ok(shift <= SHIFT_MAX, `${figures}, CLS ${shift.toFixed(4)}: ${shifted.join('; ')}`)
          assert.ok(bytes <= BYTES_MAX, `${figures}: ${bytes}`)
          assert.ok(requests.length <= REQUESTS_MAX, `${figures}: ${requests.join(' ')}`)
        }
        for (const timeMs of [paintMs, readyMs])
          assert.ok(timeMs > 0 && timeMs <= READY_MS_MAX * slowness, figures)
      })
    }
  })
}

test('the page of a server without events does not jump', async () => {
  await using empty = await startProduct()
  for (const device of ['desk', 'phone'] as const) {
    const { shift, shifted } = await visit('#/', device, '.overview pre', empty)
    assert.ok(shift <= SHIFT_MAX, `on a ${device} CLS ${shift.toFixed(4)}: ${shifted.join('; ')}`)
  }
})
