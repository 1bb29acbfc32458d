// Pages of Tally's own origin, in a real browser.
import { readFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { type Browser, chromium, type Page } from 'playwright-core'
import { CHROMIUM } from '../../infra/native/chromium.ts'

const FLAGS = ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu', '--disable-background-networking']
const PATIENCE_MS = 60_000
const CONTENT_TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
}

/** Where the files of a test are, below the product's address. */
export const BASE = '/package-test/'

export type TestPage = AsyncDisposable & { readonly page: Page; readonly faults: readonly string[] }

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: CHROMIUM, args: FLAGS })
}

/** Opens `index.html` of the directory; `html` stands for it where there is no such file. */
export async function openPage(
  browser: Browser,
  address: string,
  directory: string,
  { html, query = '' }: { readonly html?: string; readonly query?: string } = {},
): Promise<TestPage> {
  const page = await browser.newPage()
  page.setDefaultTimeout(PATIENCE_MS)
  const faults: string[] = []
  page.on('pageerror', ({ message }) => faults.push(message))
  await page.route(`**${BASE}**`, async (route) => {
    const path = new URL(route.request().url()).pathname.slice(BASE.length)
    const contentType = CONTENT_TYPES[extname(path)]
    const isGiven = path === 'index.html' && html !== undefined
    const body = isGiven ? html : await readFile(join(directory, path), 'utf8')
    await route.fulfill({ body, ...(contentType && { contentType }) })
  })
  await page.goto(`${address}${BASE}index.html${query}`)
  return { page, faults, [Symbol.asyncDispose]: () => page.close() }
}

export function pageWith(head: string, body = ''): string {
  return `<!doctype html><html lang="en"><title>A page</title>${head}<body>${body}</body></html>`
}
