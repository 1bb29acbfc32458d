// What docs/keys.md shows of pages, as it is written there: a beacon, and an nginx that passes events on.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { freePort } from '../lib/free-port.ts'
import { systemClock } from '../lib/system-clock.ts'
import { docBlock } from '../testing/doc-samples.ts'
import { StandaloneChild } from '../testing/standalone-child.ts'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { until } from '../testing/until.ts'
import { run } from '../tools/keys/run-keys.ts'

const PAGE = 'https://player.example'
const SITE = 'site.example'
/** A setting of Tally in a comment of the configuration. */
const SETTING = /# (?:with|listed in) ([A-Z_]+)(?:=(\S+))?/g

type Settings = Readonly<Record<string, string>>

/** A server with a write key for one page. */
async function served(settings: Settings) {
  const stack = new AsyncDisposableStack()
  const directory = stack.use(await temporaryDirectory())
  const printed: string[] = []
  const owner = { role: 'write', tenant: 'acme', origins: [PAGE], note: '', expiresMs: null } as const
  const output = { print: (line: string) => void printed.push(line), say() {} }
  await run(join(directory.path, 'keys.json'), { command: 'create', key: owner }, systemClock, output)
  const server = stack.use(new StandaloneChild({ ...settings, DATA_DIR: directory.path }))
  const url = await server.url()
  return { url, key: printed[0]!, path: directory.path, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

const anEvent = (id: string) => ({ id, videoId: 'cats', type: 'view', time: new Date().toISOString() })

test('the beacon sends events of a page', async () => {
  await using server = await served({})
  const sent: { readonly address: string; readonly body: string }[] = []
  const navigator = { sendBeacon: (address: string, body: string) => sent.push({ address, body }) }
  const program = new Function('navigator', 'events', docBlock('docs/keys.md', 'js'))
  program(navigator, [anEvent('b1'), anEvent('b2')])
  const [{ address, body }] = sent as [(typeof sent)[0]]
  assert.ok(address.startsWith('https://tally.example/') && address.includes('wk_…'), address)
  const own = address.replace('https://tally.example', server.url).replace('wk_…', server.key)
  // A browser names such a body, which is text, as fetch does.
  const answer = await fetch(own, { method: 'POST', headers: { origin: PAGE }, body })
  const { accepted } = (await answer.json()) as { accepted: number }
  assert.deepEqual([answer.status, accepted], [202, 2])
})

const skip = spawnSync('nginx', ['-v']).status !== 0 && 'needs nginx'
test('nginx passes on what a page sends and from where, and keeps no key', { skip }, async () => {
  const block = docBlock('docs/keys.md', 'nginx')
  const settings = Object.fromEntries(block.matchAll(SETTING).map(([, name, value = SITE]) => [name!, value]))
  await using server = await served({ ...settings, EVENTS_PER_SECOND_PER_ADDRESS_MAX: '1' })
  const port = await freePort()
  const log = join(server.path, 'tally.log')
  await using _ = await startNginx(block, { ...server, port, log })
  const address = `http://127.0.0.1:${port}/tally/v1/events?key=${server.key}`
  const headers = { host: SITE, origin: PAGE, 'content-type': 'text/plain' }
  assert.deepEqual(await sent(address, headers, [anEvent('n1')]), { status: 202, accepted: 1 })
  await until('the request is in the log', () => readFileSync(log, 'utf8').includes('\n'))
  const line = readFileSync(log, 'utf8')
  assert.match(line, /^127\.0\.0\.1 \[.+\] "POST \/tally\/v1\/events" 202$/m)
  assert.ok(!line.includes(server.key), line)
  // Each address may send one event a second: that of nginx, if nothing told the others apart.
  const many = Array.from({ length: 100 }, (_, i) => anEvent(`m${i}`))
  await until('the address sends too much', async () => (await sent(address, headers, many)).status === 429)
  assert.equal((await sent(address, headers, [anEvent('n2')], '127.0.0.2')).status, 202)
  // A name that is not listed is refused, so the one that is reached the server.
  assert.equal((await sent(address, { ...headers, host: 'other.example' }, [])).status, 421)
})

type Place = { readonly url: string; readonly path: string; readonly port: number; readonly log: string }

/** With the block in the places where it belongs: the form of the log outside of the server. */
async function startNginx(block: string, { url, path, port, log }: Place): Promise<AsyncDisposable> {
  const own = block.replace('http://127.0.0.1:8080', url).replace('/var/log/nginx/tally.log', log)
  assert.ok(own.includes(url) && own.includes(log), own)
  const form = /^log_format .*$/m.exec(own)![0]
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${path}/${name};`,
  )
  const configuration = `
    ${process.getuid?.() === 0 ? 'user root;' : ''}
    daemon off; pid ${path}/nginx.pid; error_log stderr warn;
    events {}
    http {
      access_log off; ${folders.join(' ')}
      ${form}
      server { listen 127.0.0.1:${port}; ${own.replace(form, '')} }
    }`
  const file = join(path, 'nginx.conf')
  writeFileSync(file, configuration)
  const child = spawn('nginx', ['-e', 'stderr', '-p', path, '-c', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const errors = text(child.stderr)
  await until('nginx listens', async () => {
    if (child.exitCode !== null) throw new Error(await errors)
    return fetch(`http://127.0.0.1:${port}/`).then(
      () => true,
      () => false,
    )
  })
  return {
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

async function sent(
  address: string,
  headers: Settings,
  events: readonly object[],
  localAddress = '127.0.0.1',
) {
  const asked = request(address, { method: 'POST', headers, localAddress }).end(JSON.stringify(events))
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  const { accepted } = JSON.parse(await text(answer)) as { accepted?: number }
  return { status: answer.statusCode, accepted }
}
