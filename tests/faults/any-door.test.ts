import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { test } from 'node:test'
import { fetchAtAny } from './any-door.ts'

test('after a failure the other balancer is asked, and again the first one when the other is away', async () => {
  const [first, second] = [await listening('first'), await listening('second')]
  const fetchAny = fetchAtAny([first.url, second.url])
  const ask = async () => (await fetchAny(`${first.url}/x?y=1`)).text()
  assert.equal(await ask(), 'first /x?y=1')
  await first.close()
  await assert.rejects(ask)
  assert.equal(await ask(), 'second /x?y=1')
  await second.close()
  const again = await listening('first', first.port)
  await assert.rejects(ask)
  assert.equal(await ask(), 'first /x?y=1')
  await again.close()
})

test('the SDK takes no answer of another balancer for a redirect', async () => {
  const [first, second] = [await listening('first'), await listening('second')]
  const fetchAny = fetchAtAny([first.url, second.url])
  await first.close()
  await assert.rejects(fetchAny(first.url))
  const { url, redirected } = await fetchAny(first.url)
  assert.deepEqual([url, redirected], ['', false])
  await second.close()
})

test('requests that fail together move on once', async () => {
  const [first, second] = [await listening('first'), await listening('second')]
  const fetchAny = fetchAtAny([first.url, second.url])
  await first.close()
  await Promise.allSettled([fetchAny(first.url), fetchAny(first.url)])
  assert.equal(await (await fetchAny(first.url)).text(), 'second /')
  await second.close()
})

async function listening(name: string, wanted = 0) {
  const server = createServer((request, response) => {
    response.setHeader('connection', 'close').end(`${name} ${request.url}`)
  }).listen(wanted, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const close = async () => {
    server.close()
    await once(server, 'close')
  }
  return { url: `http://127.0.0.1:${port}`, port, close }
}
