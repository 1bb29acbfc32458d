// A real browser, and the SDK as pages load it.
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, chromium, type Page } from 'playwright-core'
import { CHROMIUM } from '../../infra/native/chromium.ts'
import { withoutTypes } from '../../services/dashboard/without-types.ts'

const ARTIFACTS = fileURLToPath(new URL('../../artifacts/e2e/', import.meta.url))
const SDK = fileURLToPath(new URL('../../sdk/src/', import.meta.url))
const FLAGS = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-background-networking']
/** Expected errors: the page asks for optional features of a server, and continues without them. */
const ABSENT_ROUTE = /status of 404/
/** Generous, because a busy machine is slow. */
const PATIENCE_MS = 60_000

export const DESKTOP = { width: 1_280, height: 860 }
export const PHONE = { width: 390, height: 844 }

export type PageOptions = {
  readonly scheme?: 'light' | 'dark'
  readonly size?: { readonly width: number; readonly height: number }
  /** Of the browser, IANA. */
  readonly timeZone?: string
}

/** Closes itself and its pages. */
export class TestBrowser implements AsyncDisposable {
  readonly #browser: Browser

  private constructor(browser: Browser) {
    this.#browser = browser
  }

  static async launch(flags: readonly string[] = []): Promise<TestBrowser> {
    const args = [...FLAGS, ...flags]
    return new TestBrowser(await chromium.launch({ executablePath: CHROMIUM, args }))
  }

  /** A new page with a new browser profile. Errors of the page itself are collected in `faults`. */
  async page(options: PageOptions = {}): Promise<Page & { readonly faults: string[] }> {
    const profile = await this.#browser.newContext({
      colorScheme: options.scheme ?? 'light',
      viewport: options.size ?? DESKTOP,
      locale: 'en-GB',
      ...(options.timeZone !== undefined && { timezoneId: options.timeZone }),
      reducedMotion: 'reduce', // so that nothing is checked during an animation
    })
    const page = await profile.newPage()
    page.setDefaultTimeout(PATIENCE_MS)
    const faults: string[] = []
    page.on('pageerror', (error) => faults.push(error.message))
    page.on('console', (message) => {
      if (message.type() === 'error' && !ABSENT_ROUTE.test(message.text())) faults.push(message.text())
    })
    return Object.assign(page, { faults })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close()
  }
}

/** Saves a screenshot for people: of what is to be seen, or of the whole page. */
export async function keepScreenshot(page: Page, name: string, fullPage = false): Promise<void> {
  await mkdir(ARTIFACTS, { recursive: true })
  await page.screenshot({ path: join(ARTIFACTS, `${name}.png`), fullPage })
}

/** Lets the page import the SDK, as `/sdk-for-test/send.ts`. */
export async function offerSdk(page: Page): Promise<void> {
  await page.route('**/sdk-for-test/**', async (route) => {
    const name = new URL(route.request().url()).pathname.split('/sdk-for-test/')[1]!
    const body = withoutTypes(await readFile(join(SDK, name), 'utf8'))
    await route.fulfill({ contentType: 'text/javascript', body })
  })
}

/** Sends events from inside the page, by the SDK, as a player would. */
export async function sendInPage(page: Page, events: readonly object[]): Promise<unknown> {
  await offerSdk(page)
  return page.evaluate(async (sent) => {
    const path = '/sdk-for-test/index.ts'
    const { createClient } = await import(path)
    return createClient({ url: location.origin }).processEvents(sent)
  }, events)
}
