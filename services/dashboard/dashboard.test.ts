import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { after, describe, test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { buildServer } from '../../lib/http/server.ts'
import { encodingFor } from './asset.ts'
import { registerDashboard } from './dashboard.ts'

const GZIPPED_BYTES_MAX = 100_000
/** With what the page asks of the API, a dozen. */
const FILES_MAX = 5
const COUNTER_GZIPPED_BYTES_MAX = 3_000

const app = buildServer()
registerDashboard(app)
after(() => app.close())

const get = (url: string, headers = {}) => app.inject({ url, headers })

async function linked(): Promise<string[]> {
  const { body } = await get('/')
  return Array.from(body.matchAll(/(?:href|src)="(dashboard\/[^"]+)"/g), ([, path]) => `/${path}`)
}

test('all that the page loads is small, and in few files', async () => {
  const paths = ['/', ...new Set(await linked())]
  const sizes = await Promise.all(
    paths.map(async (path) => (await get(path, { 'accept-encoding': 'gzip' })).rawPayload.length),
  )
  const total = sizes.reduce((sum, size) => sum + size, 0)
  assert.ok(total < GZIPPED_BYTES_MAX && sizes.length <= FILES_MAX, `${total} bytes in ${sizes.length} files`)
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

test('scripts are whole: they import nothing, and every browser of today can read them', async () => {
  const scripts = (await linked()).filter((path) => path.endsWith('.js'))
  assert.equal(scripts.length, 2)
  for (const path of scripts) {
    const { body, headers } = await get(path)
    assert.equal(headers['content-type'], 'text/javascript; charset=utf-8')
    assert.doesNotMatch(body, /^(import|export)\b/m)
    new Function(body)
  }
})

test('the page runs nothing but its own files, and names no other host', async () => {
  const { headers, body } = await get('/')
  const policy = String(headers['content-security-policy']).split('; ')
  for (const rule of [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "frame-ancestors 'none'",
  ]) {
    assert.ok(policy.includes(rule), rule)
  }
  assert.doesNotMatch(body, /https?:\/\/|<script>|<style|style="/)
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

describe('the encoding for', () => {
  const check = (header: string | undefined, expected: string) =>
    test(String(header), () => assert.equal(encodingFor(header), expected))
  check(undefined, 'identity')
  check('gzip, deflate, br', 'br')
  check('gzip;q=1.0, br;q=0', 'gzip')
  check('GZIP', 'gzip')
  check('zebra', 'identity')
  check('br;q=0.000', 'identity')
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
