// What the client relies on of a fetch: tests that every form on Node passes, against servers that write bytes, and so
// can be as wrong as they like.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'

type Fetch = typeof globalThis.fetch
type Script = (socket: Socket, request: string, nth: number) => void

/** Bytes, in one or in some packets. */
const MANY = 1_024 * 1_024
const END_OF_HEADERS = '\r\n\r\n'
const IPV6_LOOPBACK = '::1'

/** An answer of HTTP/1.1 with its length. */
function answer(
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string | Buffer = '',
): Buffer {
  const lines = Object.entries({ ...headers, 'Content-Length': String(Buffer.byteLength(body)) })
  const head = [`HTTP/1.1 ${status} So`, ...lines.map(([name, value]) => `${name}: ${value}`)].join('\r\n')
  return Buffer.concat([Buffer.from(head + END_OF_HEADERS), Buffer.from(body)])
}

/** Calls the script with each request, once it is there as a whole; `onHead` as soon as its headers are. */
async function bytesServer(script: Script, { host = '127.0.0.1', onHead = (_: Socket) => {} } = {}) {
  const sockets = new Set<Socket>()
  const ended: Promise<unknown>[] = []
  const requests: string[] = []
  const server: Server = createServer((socket) => {
    let text = ''
    sockets.add(socket.on('error', () => {}))
    ended.push(new Promise((resolve) => socket.on('close', resolve)))
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      const hadHead = text.includes(END_OF_HEADERS)
      text += chunk
      const bodyAt = text.indexOf(END_OF_HEADERS) + END_OF_HEADERS.length
      if (bodyAt < END_OF_HEADERS.length) return
      if (!hadHead) onHead(socket)
      const length = Number(/^content-length: *(\d+)/im.exec(text.slice(0, bodyAt))?.[1] ?? 0)
      if (text.length < bodyAt + length) return
      requests.push(text)
      text = ''
      script(socket, requests.at(-1)!, requests.length - 1)
    })
  }).listen(0, host)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}/`,
    requests,
    sockets,
    /** By connection: when it is closed. */
    ended,
    [Symbol.dispose]() {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

const says =
  (...args: Parameters<typeof answer>): Script =>
  (socket) =>
    socket.write(answer(...args))

/** As the client asks for it. */
const POST: RequestInit = { method: 'POST', redirect: 'manual', body: 'text' }

async function codesOf(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => assert.fail('it succeeded'),
    (error: unknown) => error,
  )
  assert.ok(error instanceof TypeError, String(error))
  return `${(error.cause as NodeJS.ErrnoException | undefined)?.code}`
}

function checkSending(name: string, fetch: Fetch): void {
  test(`${name}: a text and bytes arrive as they are, with their length`, async () => {
    using server = await bytesServer(says(202, {}))
    const headers = { authorization: 'Bearer k', 'content-type': 'application/json' }
    const text = 'grüße €'
    for (const body of [text, new TextEncoder().encode(text)]) {
      await (await fetch(server.url, { ...POST, headers, body })).text()
      const sent = server.requests.at(-1)!
      assert.match(sent, /^POST \/ HTTP\/1\.1\r\n/)
      assert.match(sent, /^authorization: Bearer k\r$/im)
      assert.match(sent, /^content-type: application\/json\r$/im)
      assert.doesNotMatch(sent, /^transfer-encoding/im)
      assert.equal(Buffer.from(sent.split(END_OF_HEADERS)[1]!, 'latin1').toString(), text)
    }
    await (await fetch(`${server.url}a?b=c`, { redirect: 'manual', body: null })).text()
    assert.match(server.requests.at(-1)!, /^GET \/a\?b=c HTTP\/1\.1\r\n/)
    assert.doesNotMatch(server.requests.at(-1)!, /^(content-length|transfer-encoding)/im)
    await (await fetch(server.url, { method: 'POST', redirect: 'manual' })).text()
    assert.match(server.requests.at(-1)!, /^content-length: 0\r$/im)
  })

  test(`${name}: one connection serves request after request, and a new one those that follow its end`, async () => {
    using server = await bytesServer(says(202, { 'Keep-Alive': 'timeout=60' }, '{}'))
    for (let i = 0; i < 5; i++) {
      // The client aborts after each answer, too.
      const controller = new AbortController()
      assert.equal(await (await fetch(server.url, { ...POST, signal: controller.signal })).text(), '{}')
      controller.abort('over')
    }
    const { size } = server.sockets
    assert.ok(size <= 2, `${size} connections`) // Node's fetch needs one more where it is asked again at once
    for (const socket of server.sockets) socket.end()
    await Promise.all(server.ended)
    assert.equal((await fetch(server.url, POST)).status, 202)
    assert.equal(server.sockets.size, size + 1)
  })

  test(`${name}: a request is not repeated on its own where a connection that was kept breaks under it`, async () => {
    using server = await bytesServer((socket, _, nth) => {
      if (nth === 1) socket.resetAndDestroy()
      else socket.write(answer(202, {}, '{}'))
    })
    await (await fetch(server.url, POST)).text()
    await assert.rejects(fetch(server.url, POST), TypeError)
    assert.equal(server.requests.length, 2)
    assert.equal(await (await fetch(server.url, POST)).text(), '{}')
  })

  test(`${name}: an address of IPv6`, async (t) => {
    const listening = bytesServer(says(202, {}, '{}'), { host: IPV6_LOOPBACK })
    if (!(await listening.catch(() => null))) return t.skip('no IPv6 here')
    using server = await listening
    assert.equal(await (await fetch(server.url, POST)).text(), '{}')
    assert.match(server.requests[0]!, /^host: \[::1\]:\d+\r$/im)
  })
}

function checkAnswers(name: string, fetch: Fetch): void {
  test(`${name}: the status and the headers can be read, whatever their case`, async () => {
    const date = 'Tue, 01 Dec 2026 10:00:00 GMT'
    using server = await bytesServer(says(503, { DATE: date, 'retry-AFTER': '7', 'x-odd': '\xfc' }, 'no'))
    const response = await fetch(server.url, POST)
    assert.equal(response.status, 503)
    assert.equal(response.redirected, false)
    assert.deepEqual([response.headers.get('date'), response.headers.get('Retry-After')], [date, '7'])
    assert.equal(response.headers.get('location'), null)
    assert.equal(await response.text(), 'no')
  })

  test(`${name}: what is gzipped is inflated as it is read, and a server is told that it may`, async () => {
    const packed = (text: string) => answer(200, { 'Content-Encoding': 'gzip' }, gzipSync(text))
    using server = await bytesServer((socket, _, nth) =>
      socket.write(packed(nth ? ' '.repeat(8 * MANY) : 'big')),
    )
    assert.equal(await (await fetch(server.url, POST)).text(), 'big')
    assert.match(server.requests[0]!, /^accept-encoding: gzip/im)
    const reader = (await fetch(server.url, POST)).body!.getReader()
    const first = await reader.read()
    assert.ok(first.value!.length <= MANY, `${first.value!.length} bytes in one`)
    await reader.cancel()
  })

  test(`${name}: bytes that are called gzipped and are not fail, and never look like the answer`, async () => {
    using server = await bytesServer(says(202, { 'Content-Encoding': 'gzip' }, '{"accepted":1}'))
    await assert.rejects((await fetch(server.url, POST)).text())
  })

  test(`${name}: a redirect is given as it is`, async () => {
    for (const status of [301, 302, 303, 307, 308]) {
      using server = await bytesServer(says(status, { Location: '/elsewhere' }, 'moved'))
      const response = await fetch(server.url, POST)
      assert.deepEqual([response.status, response.headers.get('location')], [status, '/elsewhere'])
      assert.equal(response.redirected, false)
      await response.body?.cancel()
      assert.equal(server.requests.length, 1)
    }
  })

  test(`${name}: an answer without a body, and one behind a first, informational answer`, async () => {
    using server = await bytesServer((socket, _, nth) => {
      if (nth === 0) socket.write(`HTTP/1.1 204 So${END_OF_HEADERS}`)
      else socket.write(`HTTP/1.1 103 Early Hints\r\nLink: </a>${END_OF_HEADERS}${answer(202, {}, '{}')}`)
    })
    const empty = await fetch(server.url, POST)
    assert.deepEqual([empty.status, await empty.text()], [204, ''])
    const informed = await fetch(server.url, POST)
    assert.deepEqual([informed.status, await informed.text()], [202, '{}'])
  })

  test(`${name}: an answer that comes before the request is sent is read`, async () => {
    const refused = answer(413, { Connection: 'close' }, '{"title":"too large"}')
    using server = await bytesServer(() => {}, { onHead: (socket) => socket.pause().end(refused) })
    const response = await fetch(server.url, { ...POST, body: 'x'.repeat(4 * MANY) })
    assert.equal(response.status, 413)
    assert.equal(await response.text(), '{"title":"too large"}')
  })
}

function checkFailures(name: string, fetch: Fetch): void {
  test(`${name}: a connection that ends before the answer fails`, async () => {
    using server = await bytesServer((socket, _, nth) => (nth ? socket.destroy() : socket.resetAndDestroy()))
    for (let i = 0; i < 2; i++) await assert.rejects(fetch(server.url, POST), TypeError)
  })

  const CUT = { length: '{"accepted":1}', chunks: '8\r\n{"accept\r\n', 'gzipped chunks': '8\r\n{"accept\r\n' }
  for (const [how, body] of Object.entries(CUT)) {
    test(`${name}: a connection that ends in the body fails: ${how}`, async () => {
      const kind = how === 'length' ? 'Content-Length: 99' : 'Transfer-Encoding: chunked'
      const packed = how.startsWith('gzip') ? '\r\nContent-Encoding: gzip' : ''
      const head = `HTTP/1.1 202 So\r\n${kind}${packed}${END_OF_HEADERS}`
      using server = await bytesServer((socket) => socket.end(head + body))
      await assert.rejects((await fetch(server.url, POST)).text())
      const unread = await fetch(server.url, POST)
      await server.ended[1]
      await assert.rejects(unread.text())
    })
  }

  const BAD = {
    'what is not HTTP': 'SSH-2.0-OpenSSH_9.6\r\n',
    'no status': `HTTP/1.1 ${END_OF_HEADERS}`,
    'headers without end': `HTTP/1.1 202 So\r\nx: ${'y'.repeat(MANY)}`,
    'two lengths': `HTTP/1.1 202 So\r\nContent-Length: 2\r\nContent-Length: 3${END_OF_HEADERS}{} `,
    'a length and chunks': `HTTP/1.1 202 So\r\nContent-Length: 2\r\nTransfer-Encoding: chunked${END_OF_HEADERS}`,
    'an upgrade': `HTTP/1.1 101 So\r\nConnection: upgrade\r\nUpgrade: x${END_OF_HEADERS}`,
  }
  for (const [what, bytes] of Object.entries(BAD)) {
    test(`${name}: ${what} fails`, async () => {
      using server = await bytesServer((socket) => socket.end(bytes))
      await assert.rejects(fetch(server.url, POST), TypeError)
      await server.ended[0]
    })
  }

  test(`${name}: what is wrong with the chunks of a body fails`, async () => {
    const head = `HTTP/1.1 202 So\r\nTransfer-Encoding: chunked${END_OF_HEADERS}`
    using server = await bytesServer((socket) => socket.end(`${head}2\r\n{}\r\nnonsense\r\n`))
    await assert.rejects(async () => (await fetch(server.url, POST)).text())
  })

  test(`${name}: a server that is not there, and a name that is none, say so by a code`, async () => {
    const gone = await bytesServer(() => {})
    gone[Symbol.dispose]()
    assert.equal(await codesOf(fetch(gone.url, POST)), 'ECONNREFUSED')
    assert.match(await codesOf(fetch('http://no-such-name.invalid/', POST)), /^(ENOTFOUND|EAI_AGAIN)$/)
    await assert.rejects(fetch('not an address', POST), TypeError)
    await assert.rejects(fetch('ftp://127.0.0.1/', POST), TypeError)
    await assert.rejects(fetch(gone.url, { ...POST, headers: { bad: '\n\n\r\n a \r\n b' } }), TypeError)
  })
}

function checkEnds(name: string, fetch: Fetch): void {
  const enough = new Error('enough')

  test(`${name}: a signal ends a request before its answer, and its connection`, async () => {
    await assert.rejects(fetch('http://127.0.0.1:9/', { ...POST, signal: AbortSignal.abort(enough) }), enough)
    const controller = new AbortController()
    using server = await bytesServer(() => controller.abort(enough))
    await assert.rejects(fetch(server.url, { ...POST, signal: controller.signal }), enough)
    await server.ended[0]
  })

  test(`${name}: a signal ends an answer that is being read, or is not, and its connection`, async () => {
    const head = `HTTP/1.1 202 So\r\nTransfer-Encoding: chunked${END_OF_HEADERS}`
    for (const packing of ['', 'Content-Encoding: gzip\r\n']) {
      const started = head.replace('Transfer', `${packing}Transfer`)
      const chunk = packing ? gzipSync('{', { finishFlush: 2 }) : Buffer.from('{')
      using server = await bytesServer((socket) => {
        socket.write(Buffer.concat([Buffer.from(`${started}${chunk.length.toString(16)}\r\n`), chunk]))
        socket.write('\r\n')
      })
      for (const isRead of [true, false]) {
        const controller = new AbortController()
        const { body } = await fetch(server.url, { ...POST, signal: controller.signal })
        const reader = body!.getReader()
        if (isRead) assert.equal(new TextDecoder().decode((await reader.read()).value), '{')
        const next = reader.read()
        next.catch(() => {})
        controller.abort('over')
        await assert.rejects(isRead ? next : next.then(() => reader.read()))
        await server.ended.at(-1)
      }
    }
  })

  test(`${name}: a body that is cancelled ends its connection`, async () => {
    const endless = `HTTP/1.1 202 So\r\nContent-Length: ${64 * MANY}${END_OF_HEADERS}`
    using server = await bytesServer((socket) => socket.write(endless + ' '.repeat(MANY)))
    for (const readsBefore of [0, 1]) {
      const response = await fetch(server.url, POST)
      if (readsBefore === 0) await response.body!.cancel()
      else {
        const reader = response.body!.getReader()
        await reader.read()
        await reader.cancel()
      }
      await server.ended.at(-1)
    }
  })
}

/** Registers the tests. The fetch must know `redirect: 'manual'`. */
export function fetchContract(name: string, fetch: Fetch): void {
  checkSending(name, fetch)
  checkAnswers(name, fetch)
  checkFailures(name, fetch)
  checkEnds(name, fetch)
}
