import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { posix } from 'node:path'
import { after, test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { buildServer } from '../../lib/http/server.ts'
import { registerDashboard } from './dashboard.ts'

/** With what the page asks of the API, the 120,000 and the dozen that tests/e2e/speed.e2e.ts holds. */
const GZIPPED_BYTES_MAX = 98_000
const FILES_MAX = 3
/** It is there with the first packets of a connection: ten of 1,460 bytes, with the headers. */
const DOCUMENT_GZIPPED_BYTES_MAX = 14_000
const COUNTER_GZIPPED_BYTES_MAX = 3_000

const app = buildServer()
registerDashboard(app)
after(() => app.close())

const get = (url: string, headers = {}) => app.inject({ url, headers })

/** What the document loads, and what its script does. */
async function linked(): Promise<string[]> {
  const { body } = await get('/')
  const paths = Array.from(body.matchAll(/(?:href|src)="(dashboard\/[^"]+)"/g), ([, path]) => `/${path}`)
  const scripts = await Promise.all(paths.map(async (path) => ({ path, text: (await get(path)).body })))
  const later = scripts.flatMap(({ path, text }) =>
    Array.from(text.matchAll(/\bimport\("(\.\/[\w.]+)"\)/g), ([, name]) => posix.join(path, '..', name!)),
  )
  return [...paths, ...later]
}

/** The text of all elements of that name. */
function inline(body: string, name: 'script' | 'style'): string[] {
  return Array.from(body.matchAll(new RegExp(`<${name}>([\\s\\S]*?)</${name}>`, 'g')), ([, text]) => text!)
}

test('all that the page loads is small, and in few files', async () => {
  const paths = ['/', ...new Set(await linked())]
  const sizes = await Promise.all(
    paths.map(async (path) => (await get(path, { 'accept-encoding': 'gzip' })).rawPayload.length),
  )
  const total = sizes.reduce((sum, size) => sum + size, 0)
  assert.ok(total < GZIPPED_BYTES_MAX && sizes.length <= FILES_MAX, `${total} bytes in ${sizes.length} files`)
  assert.ok(sizes[0]! < DOCUMENT_GZIPPED_BYTES_MAX, `the document has ${sizes[0]} bytes`)
})

test('all that it loads is there, and may be kept for ever', async () => {
  for (const path of await linked()) {
    const { statusCode, headers } = await get(path)
    assert.deepEqual(
      [path, statusCode, headers['cache-control']],
      [path, 200, 'public, max-age=31536000, immutable'],
    )
  }
})

test('scripts are whole: at once they import nothing, and every browser of today can read them', async () => {
  const [page = '', plot = '', ...others] = await linked()
  assert.deepEqual(others, [])
  for (const path of [page, plot]) {
    const { body, headers } = await get(path)
    assert.equal(headers['content-type'], 'text/javascript; charset=utf-8')
    assert.doesNotMatch(body, /^import\b/m)
    new Function(body.replace(/^export default (?=uPlot$)/m, ''))
  }
  for (const text of inline((await get('/')).body, 'script')) new Function(text)
})

test('the page runs only its own files and what its policy names by a digest, and names no other host', async () => {
  const { headers, body } = await get('/')
  const policy = String(headers['content-security-policy']).split('; ')
  const digestsOf = (name: 'script' | 'style') =>
    inline(body, name).map((text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`)
  for (const rule of [
    "default-src 'none'",
    `script-src 'self' ${digestsOf('script').join(' ')}`,
    `style-src ${digestsOf('style').join(' ')}`,
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ]) {
    assert.ok(policy.includes(rule), rule)
  }
  assert.equal(
    body.match(/<(script|style)\b/g)?.length,
    3,
    'the script of the page, the first one, and the styles',
  )
  assert.doesNotMatch(body, /https?:\/\/| style="| on\w+="|javascript:/)
})

test('the page parses no text as markup', () => {
  const files = globSync(`${import.meta.dirname}/{page,counter}/*.ts`)
  assert.ok(files.length > 20)
  for (const file of files) {
    assert.doesNotMatch(
      readFileSync(file, 'utf8'),
      /innerHTML|outerHTML|insertAdjacentHTML|document\.write/,
      file,
    )
  }
})

test('what the browser holds is not sent again', async () => {
  const { headers } = await get('/')
  assert.equal(headers['cache-control'], 'no-cache')
  const again = await get('/', { 'if-none-match': headers.etag })
  assert.deepEqual([again.statusCode, again.body], [304, ''])
  assert.equal((await get('/', { 'if-none-match': '"other"' })).statusCode, 200)
})

test('bodies are the same in every encoding', async () => {
  const plain = await get('/')
  assert.equal(plain.headers['content-encoding'], undefined)
  const decoders = { br: brotliDecompressSync, gzip: gunzipSync }
  for (const [encoding, decode] of Object.entries(decoders)) {
    const { headers, rawPayload } = await get('/', { 'accept-encoding': encoding })
    assert.equal(headers['content-encoding'], encoding)
    assert.equal(decode(rawPayload).toString(), plain.body)
  }
})

test('files of another version are not found', async () => {
  for (const path of ['/dashboard/x/page.js', (await linked())[0]!.replace(/[^/]+$/, 'page-files.ts')]) {
    const { statusCode, headers } = await get(path)
    assert.equal(statusCode, 404)
    assert.match(String(headers['content-type']), /problem\+json/)
  }
})

test('the counter is one small module that any page may load', async () => {
  const { headers, rawPayload, body } = await get('/tally-count.js', { 'accept-encoding': 'gzip' })
  assert.equal(headers['access-control-allow-origin'], '*')
  assert.equal(headers['cross-origin-resource-policy'], 'cross-origin')
  assert.ok(rawPayload.length < COUNTER_GZIPPED_BYTES_MAX, `${rawPayload.length} bytes`)
  assert.doesNotMatch(body, /^import /m)
})
