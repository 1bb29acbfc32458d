// A page as it comes over slow mobile data, and what a reader has of it: when, how much, and whether it jumps.
import type { CDPSession, Page } from 'playwright-core'

/** As Lighthouse has it for phones ("slow 4G"): 150 ms there and back, 1.6 Mbit/s down, 750 kbit/s up. */
const NETWORK = {
  ...{ offline: false, latency: 150 },
  ...{ downloadThroughput: (1.6 * 1_024 * 1_024) / 8, uploadThroughput: (750 * 1_024) / 8 },
}
const SETTLED_MS = 1_500
/** How long the loop below takes in a browser that has a core of its own. */
const LOOP_MS = 50
const LOOPS = 5

export type Visit = {
  /** The Largest Contentful Paint, and which element that was. */
  readonly paintMs: number
  readonly painted: string
  /** When what the page is for is on it. */
  readonly readyMs: number
  /** The Cumulative Layout Shift, and what was shifted. */
  readonly shift: number
  readonly shifted: readonly string[]
  /** What is asked again and again is there once. */
  readonly requests: readonly string[]
  readonly bytes: number
  /** How many times longer than usual the browser takes: the machine may be busy. */
  readonly slowness: number
}

type Vitals = Pick<Visit, 'paintMs' | 'painted' | 'shift' | 'shifted'>

export class LoadedPage {
  readonly #page: Page
  readonly #session: CDPSession
  readonly #bytes = new Map<string, number>()
  readonly #slowdown: number

  private constructor(page: Page, session: CDPSession, slowdown: number) {
    this.#page = page
    this.#session = session
    this.#slowdown = slowdown
  }

  /** `slowdown`: of its processor. It asks for gzip, as browsers do where there is no TLS and another machine. */
  static async open(page: Page, slowdown: number): Promise<LoadedPage> {
    const session = await page.context().newCDPSession(page)
    await session.send('Network.enable')
    await session.send('Network.setExtraHTTPHeaders', { headers: { 'accept-encoding': 'gzip' } })
    await page.addInitScript(observeVitals)
    return new LoadedPage(page, session, slowdown)
  }

  /** Waits for the selector, and then until nothing moves any more. Closes the page. */
  async visit(url: string, ready: string): Promise<Visit> {
    const before = await this.#loop()
    this.#follow()
    await this.#session.send('Network.emulateNetworkConditions', NETWORK)
    await this.#session.send('Emulation.setCPUThrottlingRate', { rate: this.#slowdown })
    await this.#page.goto(url)
    await this.#page.locator(ready).first().waitFor()
    const readyMs = await this.#page.evaluate(() => performance.now())
    await this.#page.waitForTimeout(SETTLED_MS)
    await this.#session.send('Emulation.setCPUThrottlingRate', { rate: 1 })
    const vitals = (await this.#page.evaluate('vitals')) as Vitals
    const slowness = Math.max(before, await this.#loop()) / LOOP_MS
    await this.#page.close()
    const bytes = Array.from(this.#bytes.values()).reduce((sum, one) => sum + one, 0)
    return { ...vitals, readyMs, requests: Array.from(this.#bytes.keys()), bytes, slowness }
  }

  #follow(): void {
    const names = new Map<string, string>()
    this.#session.on('Network.requestWillBeSent', ({ requestId, request }) => {
      const name = nameOf(request.method, request.url)
      if (this.#bytes.has(name)) return
      names.set(requestId, name)
      this.#bytes.set(name, 0)
    })
    this.#session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      const name = names.get(requestId)
      if (name !== undefined) this.#bytes.set(name, encodedDataLength)
    })
  }

  /** The median of some loops, in ms. */
  async #loop(): Promise<number> {
    const times = await this.#page.evaluate((loops) => {
      return Array.from({ length: loops }, () => {
        const startedMs = performance.now()
        let sum = 0
        for (let i = 0; i < 10_000_000; i++) sum = (sum * 31 + i) % 1_000_003
        return performance.now() - startedMs + (sum < 0 ? 1 : 0)
      })
    }, LOOPS)
    return times.toSorted((a, b) => a - b)[Math.floor(LOOPS / 2)]!
  }
}

/** A range that ends now grows by less while a page is looked at. */
const RANGE_GROWS_MS = 600_000

/** The same for a question that is asked again, whose range has moved on. */
function nameOf(method: string, address: string): string {
  const { pathname, searchParams } = new URL(address)
  const [start, end] = [searchParams.get('startTime'), searchParams.get('endTime')]
  if (start !== null && end !== null)
    searchParams.set('length', String(Math.round((Date.parse(end) - Date.parse(start)) / RANGE_GROWS_MS)))
  searchParams.delete('startTime')
  searchParams.delete('endTime')
  return `${method} ${pathname}?${searchParams}`
}

/** Runs in the page, before anything of it. */
function observeVitals(): void {
  const vitals = { shift: 0, paintMs: 0, painted: '', shifted: [] as string[] }
  Object.assign(globalThis, { vitals })
  type Shift = PerformanceEntry & { value: number; hadRecentInput: boolean; sources: { node?: Element }[] }
  type Paint = PerformanceEntry & { element?: Element | null; size: number }
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as Shift[]) {
      if (entry.hadRecentInput) continue
      vitals.shift += entry.value
      vitals.shifted.push(
        `${entry.value.toFixed(4)} ${entry.sources.map(({ node }) => node?.className).join()}`,
      )
    }
  }).observe({ type: 'layout-shift', buffered: true })
  new PerformanceObserver((list) => {
    const { startTime, element, size } = list.getEntries().at(-1) as Paint
    vitals.paintMs = startTime
    vitals.painted = `${element?.className ?? ''} "${element?.textContent?.slice(0, 40) ?? ''}", ${size} px²`
  }).observe({ type: 'largest-contentful-paint', buffered: true })
}
