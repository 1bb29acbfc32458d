// The SDK's requests on Node over TLS: the certificates need what the SDK must not import.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import https from 'node:https'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createNodeFetch } from '../sdk/src/node.ts'
import { makeAuthority } from '../testing/certificates.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'

/** Enough for a busy machine to connect. */
const CONNECT_MS = 1_500

test('over TLS a trusted authority is believed, a slow answer waited for, and a failure named', async () => {
  await using directory = await temporaryDirectory()
  const authority = await makeAuthority(directory.path, 'authority')
  const { cert, key } = await authority.issue('server', 'IP:127.0.0.1')
  const server = https.createServer(
    { cert: await readFile(cert), key: await readFile(key) },
    (request, response) => {
      request.resume()
      setTimeout(() => response.end('answered'), 2 * CONNECT_MS)
    },
  )
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const fetch = createNodeFetch({ connectTimeoutMs: CONNECT_MS })
  const ca = https.globalAgent.options.ca
  try {
    await assert.rejects(fetch(`https://127.0.0.1:${port}/`), { name: 'TypeError', message: /certificate/ })
    Object.assign(https.globalAgent.options, { ca: await readFile(authority.ca) })
    for (let i = 0; i < 2; i++) {
      assert.equal(await (await fetch(`https://127.0.0.1:${port}/`)).text(), 'answered')
    }
    await assert.rejects(fetch(`https://localhost:${port}/`), { name: 'TypeError', message: /altnames/ })
  } finally {
    Object.assign(https.globalAgent.options, { ca })
    server.close().closeAllConnections()
  }
})
