// The examples do what they say, with the SDK as it is installed.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { runProgram } from '../../infra/native/run-program.ts'
import { type Product, startProduct } from '../e2e/product.ts'
import { bundle } from './bundlers.ts'
import { assertCounted } from './counted-product.ts'
import { installedSdk } from './installed-sdk.ts'
import { launchBrowser, openPage, pageWith } from './test-page.ts'

const { folder, toolbox } = installedSdk()
const examples = join(folder, 'examples')

let product: Product
let browser: Browser
before(async () => {
  product = await startProduct()
  browser = await launchBrowser()
})
after(async () => {
  await browser.close()
  await product[Symbol.asyncDispose]()
})

async function send(...events: readonly object[]): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify(events.map((event) => ({ id: randomUUID(), time: Date.now(), ...event })))
  const { status } = await fetch(`${product.url}/v1/events`, { method: 'POST', headers, body })
  assert.equal(status, 202)
}

test('all of them have correct types', async () => {
  const compilerOptions = {
    ...{
      target: 'ES2022',
      lib: ['ES2022', 'DOM'],
      module: 'ESNext',
      moduleResolution: 'Bundler',
      jsx: 'react-jsx',
    },
    ...{ strict: true, exactOptionalPropertyTypes: true, noEmit: true, allowJs: true, checkJs: true },
    ...{ types: ['node'], typeRoots: [toolbox.file('@types')] },
  }
  const include = ['node-sender', 'next-react']
  await writeFile(join(examples, 'tsconfig.json'), JSON.stringify({ compilerOptions, include }))
  await runProgram(process.execPath, [toolbox.file('typescript-7/bin/tsc'), '-p', examples])
})

test('the Node sender accounts for every line, and counts the good ones', async () => {
  const line = (type: string, i: number) => JSON.stringify({ id: `line-${i}`, videoId: 'lines', type })
  const lines = Array.from({ length: 30 }, (_, i) => (i === 9 ? '{' : line(i === 19 ? 'No Type' : 'view', i)))
  const child = spawn(process.execPath, ['send-lines.mjs'], {
    cwd: join(examples, 'node-sender'),
    env: { ...process.env, TALLY_URL: product.url },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  child.stdin.end(lines.join('\n'))
  const [out, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  assert.match(
    errors,
    /^line 10: not JSON\nline 20: invalid_type: .+\n28 accepted, 2 rejected, 0 unresolved\n$/,
  )
  assert.deepEqual({ code, out }, { code: 1, out: '' })
  await assertCounted(product.url, 'lines', 28)
})

test('the button sends its event from the page, and shows the new count', async () => {
  const program = `import { createRoot } from 'react-dom/client'
    import { LikeButton } from './app/like-button'
    const root = createRoot(document.querySelector('main')!)
    root.render(<LikeButton url={location.origin} videoId="button" likes={41} />)`
  const directory = join(examples, 'next-react')
  await writeFile(join(directory, 'button-page.tsx'), program)
  await bundle(toolbox, directory, 'button-page.tsx')
  const html = pageWith('', '<main></main><script type="module" src="button-page.bundle.js"></script>')
  await using opened = await openPage(browser, product.url, directory, { html })
  await opened.page.locator('button', { hasText: '41 likes' }).click()
  await opened.page.locator('button', { hasText: '42 likes' }).waitFor()
  assert.deepEqual(opened.faults, [])
  await assertCounted(product.url, 'button', 1, 'like')
})

test('the page that a server renders shows what was counted', async () => {
  await send({ videoId: 'rendered', type: 'view' }, { videoId: 'rendered', type: 'like' })
  await assertCounted(product.url, 'rendered', 1, 'like')
  const program = `import { renderToStaticMarkup } from 'react-dom/server.edge'
    import VideoPage from './app/videos/[id]/page'
    console.log(renderToStaticMarkup(await VideoPage({ params: Promise.resolve({ id: 'rendered' }) })))`
  const directory = join(examples, 'next-react')
  await writeFile(join(directory, 'render.tsx'), program)
  const built = await bundle(toolbox, directory, 'render.tsx', { platform: 'node' })
  const html = await runProgram(process.execPath, [built], { environment: { TALLY_URL: product.url } })
  assert.match(html, /<h1>rendered<\/h1><p>1 views<\/p><button type="button">1 likes<\/button>/)
})

test('the counter shows a number', async () => {
  await send(
    { videoId: 'cats', type: 'view' },
    { videoId: 'cats', type: 'view' },
    { videoId: 'cats', type: 'like' },
  )
  const source = await readFile(join(examples, 'tally-count/index.html'), 'utf8')
  const html = source.replaceAll('http://localhost:8080', product.url)
  await using opened = await openPage(browser, product.url, folder, { html })
  await opened.page.locator('tally-count[video=cats]:not([type])', { hasText: '2' }).waitFor()
  await opened.page.locator('tally-count[video=cats][type=like]', { hasText: '1' }).waitFor()
})
