// Every document is served, can be found, and leads nowhere that is not there.
import assert from 'node:assert/strict'
import { posix } from 'node:path'
import { after, describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { buildServer } from '../../lib/http/server.ts'
import { registerOpenApi } from '../description.ts'
import { Manual, relativeTo } from './manual.ts'
import { documentOf } from './markdown.ts'
import { registerManual } from './register.ts'

/** Without its pictures; the search index comes when somebody searches. */
const PAGE_GZIPPED_BYTES_MAX = 40_000
const INDEX_GZIPPED_BYTES_MAX = 180_000

const app = buildServer()
registerManual(app)
registerOpenApi(app)
app.get('/', async () => '')
after(() => app.close())

const get = (url: string, headers = {}) => app.inject({ url, headers })
const manual = new Manual()
const paths = [...manual.paths.values()]
const bodies = new Map(
  await Promise.all(
    [...paths, 'docs/api'].map(async (path) => [path, (await get(`/${path}`)).body] as const),
  ),
)
const hrefsOf = (body: string) => Array.from(body.matchAll(/ (?:href|src)="([^"]+)"/g), ([, href]) => href!)
const idsOf = (body: string) => new Set(Array.from(body.matchAll(/ id="([^"]+)"/g), ([, id]) => id))

test('every document has a page of its own, with one heading on top', () => {
  assert.ok(paths.length > 60, String(paths.length))
  assert.equal(new Set(paths).size, paths.length)
  for (const path of paths) {
    const body = bodies.get(path)!
    assert.equal(body.match(/<h1 /g)?.length, 1, path)
    assert.match(body, /<title>[^<]+ · Tally<\/title>/, path)
    assert.match(body, /<meta name="description" content="[^"]{20,}">/, path)
  }
})

test('every link on every page leads to a page that is there, and to a place on it', async () => {
  const statuses = new Map<string, number>()
  let checked = 0
  for (const [path, body] of bodies) {
    for (const href of hrefsOf(body)) {
      const { host, pathname, hash } = new URL(href, `http://here/${path}`)
      if (host !== 'here') continue
      const found = bodies.get(pathname.slice(1))
      const anchor = decodeURIComponent(hash.slice(1))
      if (found !== undefined && anchor !== '') assert.ok(idsOf(found).has(anchor), `${path}: ${href}`)
      const status = statuses.get(pathname) ?? (await get(pathname)).statusCode
      statuses.set(pathname, status)
      assert.equal(status, 200, `${path}: ${href}`)
      checked += 1
    }
  }
  assert.ok(checked > 1_000, String(checked))
})

describe('where there is no page, a browser is shown one:', () => {
  const BROWSER = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }
  for (const path of ['/docs/nope', '/docs/operate/nope', '/nope', '/a/b/c?d=/e', '/docs/files/nope.png']) {
    test(path, async () => {
      const { statusCode, headers, body } = await get(path, BROWSER)
      assert.deepEqual([statusCode, headers['content-type']], [404, 'text/html; charset=utf-8'])
      assert.match(String(headers['content-security-policy']), /^default-src 'none'/)
      assert.match(body, /<div class="search" id="search"/)
      for (const href of hrefsOf(body).filter((one) => !one.startsWith('#'))) {
        const { pathname } = new URL(href, `http://here${path}`)
        assert.equal((await get(pathname)).statusCode, 200, `${path}: ${href}`)
      }
    })
  }

  const problems: readonly (readonly [path: string, accept: string])[] = [
    ['/docs/nope', '*/*'],
    ['/docs/nope', 'application/json'],
    ['/docs/nope', 'text/html;q=0, */*'],
    ['/v1/nope', BROWSER.accept],
    [`/${'a/'.repeat(50)}`, BROWSER.accept],
  ]
  for (const [path, accept] of problems) {
    test(`${accept} at ${path.slice(0, 20)} is answered by a problem document`, async () => {
      const { statusCode, headers } = await get(path, { accept })
      assert.deepEqual(
        [statusCode, headers['content-type']],
        [404, 'application/problem+json; charset=utf-8'],
      )
    })
  }

  test('below a prefix its links stay there', async () => {
    const prefixed = buildServer({ pathPrefix: '/tally' })
    registerManual(prefixed)
    const { body } = await prefixed.inject({ url: '/tally/nope', headers: BROWSER })
    await prefixed.close()
    for (const href of hrefsOf(body)) {
      if (href.startsWith('#')) continue
      assert.match(new URL(href, 'http://here/tally/nope').pathname, /^\/tally\//, href)
    }
  })
})

test('no document is missing: each is in the contents, and each decision in the list of decisions', () => {
  const listed = manual.groups().flatMap(({ links }) => links.map(({ path }) => path))
  const decisions = hrefsOf(bodies.get('docs/decisions')!).map((href) => posix.join('docs', href))
  const absent = paths.filter(
    (path) => !listed.includes(path) && !decisions.includes(path) && path !== 'docs',
  )
  assert.deepEqual(absent, [])
  assert.equal(new Set(listed).size, listed.length)
})

test('what a document links to in the sources is named, and is no dead link', () => {
  assert.match(bodies.get('docs/operate/kubernetes')!, /<span class="in-sources">strimzi\.yaml<\/span>/)
})

test('the page of a document says where one is', () => {
  for (const path of ['docs/tutorial', 'docs/operate/kubernetes'])
    assert.match(bodies.get(path)!, new RegExp(`href="${posix.basename(path)}" aria-current="page"`), path)
})

test('a page runs nothing but its own files, and holds no markup that a document wrote', async () => {
  const { headers } = await get('/docs')
  const policy = String(headers['content-security-policy']).split('; ')
  for (const rule of [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "frame-ancestors 'none'",
  ])
    assert.ok(policy.includes(rule), rule)
  assert.equal(headers['referrer-policy'], 'no-referrer')
  for (const [path, body] of bodies) {
    if (path !== 'docs/api') assert.doesNotMatch(body, /<script>|<style|\sstyle="|\son\w+="/, path)
  }
})

test('pages are small, and so is what a search loads', async () => {
  const gzip = { 'accept-encoding': 'gzip' }
  const sizeOf = async (url: string) => (await get(url, gzip)).rawPayload.length
  const shared = await Promise.all(
    ['docs.css', 'docs.js', 'theme.js'].map((name) => sizeOf(`/docs/files/${name}`)),
  )
  for (const path of paths) {
    const bytes = [await sizeOf(`/${path}`), ...shared].reduce((sum, size) => sum + size, 0)
    assert.ok(bytes < PAGE_GZIPPED_BYTES_MAX, `${path}: ${bytes}`)
  }
  const { rawPayload } = await get('/docs/files/search.json', gzip)
  assert.ok(rawPayload.length < INDEX_GZIPPED_BYTES_MAX, String(rawPayload.length))
  const index = JSON.parse(gunzipSync(rawPayload).toString()) as { path: string; sections: string[][] }[]
  assert.deepEqual(index.map(({ path }) => path).sort(), [...paths].sort())
  for (const { path, sections } of index) {
    const ids = idsOf(bodies.get(path)!)
    for (const [id] of sections) assert.ok(ids.has(id!), `${path}#${id}`)
  }
})

test('what is not there is a problem document', async () => {
  for (const url of [
    '/docs/nowhere',
    '/docs/../package.json',
    '/docs/files/package.json',
    '/docs/%2e%2e%2fREADME',
  ])
    assert.equal((await get(url)).statusCode, 404, url)
})

describe('relativeTo', () => {
  const check = (from: string, to: string, expected: string) =>
    test(`${from} to ${to}: ${expected}`, () => assert.equal(relativeTo(from, to), expected))
  check('docs', 'docs/tutorial', 'docs/tutorial')
  check('docs', 'docs', 'docs')
  check('docs/tutorial', 'docs', '../docs')
  check('docs/tutorial', 'docs/send', 'send')
  check('docs/operate', 'docs/operate/kubernetes', 'operate/kubernetes')
  check('docs/operate/kubernetes', 'docs/operate', '../operate')
  check('docs/operate/kubernetes', 'docs', '../../docs')
})

describe('Markdown:', () => {
  const bodyOf = (markdown: string) =>
    documentOf(markdown, (href) => (href === 'no.ts' ? null : href)).body.text
  test('headings are named as GitHub names them, each once', () => {
    const body = bodyOf('# A `b` c_d\n\n## Run it, for real!\n\n## Run it, for real!')
    assert.deepEqual([...idsOf(body)], ['a-b-c_d', 'run-it-for-real', 'run-it-for-real-1'])
  })
  test('markup stays text, and comments are left out', () => {
    assert.match(bodyOf('a <b onclick="x">c</b>'), /a &lt;b onclick=&quot;x&quot;&gt;c&lt;\/b&gt;/)
    assert.equal(bodyOf('<!-- made by a test -->\n'), '')
    assert.match(bodyOf('```html\n<script>\n```'), /<code>&lt;script&gt;<\/code>/)
  })
  test('a link to what is not served is text', () => {
    assert.match(bodyOf('[x](no.ts) [y](z.md)'), /<span class="in-sources">x<\/span> <a href="z\.md">y<\/a>/)
  })
  test('sections hold their text for the search', () => {
    const { title, sections } = documentOf(
      '# T\n\nOne `x<y`.\n\n## S\n\n| a | b |\n| - | - |\n| 1 | 2 |\n',
      (href) => href,
    )
    assert.equal(title, 'T')
    assert.deepEqual(sections, [
      { id: 't', heading: 'T', text: 'One x<y .' },
      { id: 's', heading: 'S', text: 'a b 1 2' },
    ])
  })
})

test('the event loop turns while all pages are made', async () => {
  const fresh = buildServer()
  registerManual(fresh)
  let turns = 0
  let isMade = false
  const count = () => {
    turns++
    if (!isMade) setImmediate(count)
  }
  setImmediate(count)
  await fresh.inject('/docs')
  isMade = true
  assert.ok(turns > 50, `${turns} turns`)
})
