import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { buildServer } from '../../../lib/http/server.ts'
import { OPENAPI } from '../../../services/description.ts'
import type { Description } from './description.ts'
import { Html, html } from './html.ts'
import { docsPage } from './page.ts'
import { registerDocs } from './register.ts'

const GZIPPED_BYTES_MAX = 64_000

const app = buildServer()
registerDocs(app, OPENAPI)
const { body, headers } = await app.inject('/docs/api')

const all = (pattern: RegExp) => Array.from(body.matchAll(pattern), ([, found]) => found!)
const ids = all(/ id="([^"]+)"/g)

test('every operation and every schema has a place of its own', () => {
  const operations = Object.values<object>(OPENAPI.paths).flatMap((path) => Object.values(path))
  for (const { operationId } of operations) assert.ok(ids.includes(operationId), operationId)
  for (const name of Object.keys(OPENAPI.components.schemas)) assert.ok(ids.includes(`schema-${name}`), name)
  assert.equal(new Set(ids).size, ids.length)
})

test('every link and every label leads somewhere', () => {
  const targets = [...all(/href="#([^"]+)"/g), ...all(/aria-labelledby="([^"]+)"/g)]
  assert.ok(targets.length > 50)
  for (const target of targets) assert.ok(ids.includes(target), target)
})

test('what opens is closed', () => {
  for (const name of [
    'article',
    'section',
    'table',
    'tr',
    'td',
    'ul',
    'li',
    'pre',
    'code',
    'p',
    'a',
    'div',
    'span',
  ]) {
    const opened = all(new RegExp(`<(${name})[ >]`, 'g')).length
    assert.equal(all(new RegExp(`</(${name})>`, 'g')).length, opened, name)
  }
})

test('only its own style may apply, and nothing may run or be loaded', () => {
  const [style] = all(/<style>([\s\S]*?)<\/style>/g)
  const digest = createHash('sha256').update(style!).digest('base64')
  const policy = String(headers['content-security-policy'])
  assert.ok(policy.startsWith(`default-src 'none'; style-src 'sha256-${digest}'`))
  assert.doesNotMatch(body, /<script|<link|<img|\sstyle=|\son\w+=|@import|url\(/)
})

test('samples show how to call each address of the API', () => {
  for (const sample of ['curl', 'SDK']) assert.ok(body.includes(`<figcaption>${sample}</figcaption>`))
  assert.ok(body.includes('await tally.query({'))
})

test('an example shows what each address answers', () => {
  assert.ok(body.includes('<summary>Example of 200</summary>'))
  assert.ok(body.includes('&quot;uniques&quot;: 1702'))
})

test('the page is light', () => assert.ok(gzipSync(body).length < GZIPPED_BYTES_MAX))

test('text stays text', () => {
  assert.equal(
    html`<p>${'<b>&"\''}${[html`<i>${1}</i>`, '<']}</p>`.text,
    '<p>&lt;b&gt;&amp;&quot;&#39;<i>1</i>&lt;</p>',
  )
  const hostile = '<script>`</code>'
  const response = { description: hostile }
  const page = docsPage(
    {
      info: { title: hostile, version: hostile, description: hostile },
      tags: [{ name: 'x', description: hostile }],
      paths: {
        [`/${hostile}`]: {
          get: { tags: ['x'], operationId: 'y', summary: hostile, responses: { 200: response } },
        },
      },
      components: { schemas: { Z: { description: hostile, enum: [hostile], examples: [hostile] } } },
    } satisfies Description,
    new Html(''),
  )
  assert.doesNotMatch(page, /<script/)
})
