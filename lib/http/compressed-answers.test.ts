import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { after, describe, test } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { COMPRESSED, COMPRESSED_LENGTH_MIN } from './compressed-answers.ts'
import { buildServer } from './server.ts'

const GZIP = { 'accept-encoding': 'gzip, deflate, br' }
const TAKES_BODY = new Set(['POST', 'QUERY'])
const SHORT = { text: 'x'.repeat(COMPRESSED_LENGTH_MIN - 20) }
/** Beyond what is compressed at once, with characters of several bytes. */
const SIZES = { short: 2_000, long: 200_000 }
const itemsOf = (length: number) => ({
  items: Array.from({ length: length / 20 }, (_, i) => ({ é: i, 猫: i * 7 })),
})

const app = buildServer()
for (const [name, length] of Object.entries(SIZES)) app.get(`/${name}`, async () => itemsOf(length))
app.get('/tiny', async () => SHORT)
app.get('/varies-already', async (_request, reply) => {
  reply.header('vary', ['origin', 'accept-encoding'])
  return itemsOf(SIZES.short)
})
app.get('/varies', async (_request, reply) => {
  reply.headers({ vary: 'accept', etag: '"one"' })
  return itemsOf(SIZES.short)
})
app.get('/picture', async (_request, reply) => {
  reply.type('image/png')
  return Buffer.alloc(SIZES.short)
})
app.get('/stream', async (_request, reply) => {
  reply.type('text/csv')
  return Readable.from(['a,b\r\n'.repeat(SIZES.short)])
})
app.get('/done', async (_request, reply) => {
  reply.type('text/css').header('content-encoding', 'br')
  return Buffer.alloc(SIZES.short)
})
app.post('/change', async () => itemsOf(SIZES.short))
app.post('/question', COMPRESSED, async () => itemsOf(SIZES.short))
app.route({ method: 'QUERY', url: '/question', handler: async () => itemsOf(SIZES.short) })
app.get('/nothing', async (_request, reply) => reply.code(204).send())
after(() => app.close())

const ask = (method: string, url: string, headers: Readonly<Record<string, string>> = GZIP) =>
  app.inject({ method: method as 'POST', url, headers, ...(TAKES_BODY.has(method) && { payload: {} }) })

describe('compressed is', () => {
  const check = (method: string, url: string) =>
    test(`${method} ${url}`, async () => {
      const { headers, rawPayload } = await ask(method, url)
      const plain = await ask(method, url, {})
      assert.equal(headers['content-encoding'], 'gzip')
      assert.equal(headers.vary, 'accept-encoding')
      assert.equal(Number(headers['content-length']), rawPayload.length)
      assert.ok(rawPayload.length < plain.rawPayload.length / 2, `${rawPayload.length} bytes`)
      assert.equal(gunzipSync(rawPayload).toString(), plain.body)
      assert.equal(plain.headers['content-encoding'], undefined)
      assert.equal(plain.headers.vary, 'accept-encoding', 'a cache must not give one for the other')
    })
  check('GET', '/short')
  check('GET', '/long')
  check('POST', '/question')
  check('QUERY', '/question')
})

describe('as it is stays', () => {
  const check = (name: string, method: string, url: string, headers = GZIP) =>
    test(name, async () => {
      const answer = await ask(method, url, headers)
      const plain = await ask(method, url, {})
      assert.equal(answer.headers['content-encoding'], plain.headers['content-encoding'])
      assert.deepEqual(answer.rawPayload, plain.rawPayload)
    })
  check('what fits in one packet', 'GET', '/tiny')
  check('the answer to a change, which may hold a secret', 'POST', '/change')
  check('a picture', 'GET', '/picture')
  check('a stream', 'GET', '/stream')
  check('what is compressed already', 'GET', '/done')
  check('nothing', 'GET', '/nothing')
  check('what a client refuses compressed', 'GET', '/short', { 'accept-encoding': 'gzip;q=0, br' })
})

test('what a small answer depends on is not said to be more than it is', async () => {
  assert.equal((await ask('GET', '/tiny')).headers.vary, undefined)
})

test('what it varies by is named once', async () => {
  for (const headers of [GZIP, {}]) {
    assert.equal((await ask('GET', '/varies-already', headers)).headers.vary, 'origin, accept-encoding')
  }
})

test('what it varies by is added to, and its tag is weak: the bytes are others', async () => {
  const { headers } = await ask('GET', '/varies')
  assert.deepEqual([headers.vary, headers.etag], ['accept, accept-encoding', 'W/"one"'])
  const plain = await ask('GET', '/varies', {})
  assert.deepEqual([plain.headers.vary, plain.headers.etag], ['accept, accept-encoding', '"one"'])
})

test('HEAD tells what GET would', async () => {
  const [head, get] = [await ask('HEAD', '/short'), await ask('GET', '/short')]
  assert.equal(head.body, '')
  for (const name of ['content-encoding', 'content-length', 'vary', 'content-type'])
    assert.equal(head.headers[name], get.headers[name], name)
})

test('over a connection it is whole, and the next answer comes after it', async () => {
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  for (const name of ['long', 'short', 'tiny', 'long']) {
    const asking = request(`${url}/${name}`, { headers: GZIP })
    asking.end()
    const [answer] = (await once(asking, 'response')) as [IncomingMessage]
    const body = await buffer(answer)
    const text = answer.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body
    const expected = name === 'tiny' ? SHORT : itemsOf(SIZES[name as keyof typeof SIZES])
    assert.deepEqual(JSON.parse(text.toString()), expected)
  }
})
