// docker-compose.yml beside the code, as text: its form is checked by docker itself.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { CREDENTIALS, clusterSettings, SERVICES } from './setting-names.ts'
import { root } from './source-file.ts'

const compose = readText('docker-compose.yml')
/** By name: the lines of each service. */
const services = new Map(
  Array.from(
    compose
      .slice(compose.indexOf('\nservices:'))
      .matchAll(/^ {2}([a-z0-9-]+):(.*\n(?: {4}.*\n|\n|\s*#.*\n)*)/gm),
    ([, name, text]) => [name!, text!] as const,
  ),
)

function readText(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

test('every setting reaches the services', () => {
  const missing = [...clusterSettings(), ...CREDENTIALS].filter(
    (name) => !new RegExp(`\\b${name}:(?: |$)`, 'm').test(compose),
  )
  assert.deepEqual(missing, [])
})

test('no service takes what is meant for another one for a misspelt setting of its own', () => {
  for (const name of clusterSettings()) for (const read of Object.values(SERVICES)) read({ [name]: '' })
})

test('a container is given more than twice the time that its process gives itself to stop', () => {
  const [, seconds] = /stop_grace_period: \$\{STOP_GRACE_PERIOD:-(\d+)s\}/.exec(compose) ?? []
  assert.ok(Number(seconds) * 1_000 > 2 * SERVICES.partitioner({}).shutdownTimeoutMs)
})

test('Prometheus scrapes every process of the product', () => {
  const isOfProduct = (text: string) => /\[node, services\/|: \*(partitioner|processing|query)$/m.test(text)
  const started = Array.from(services).flatMap(([name, text]) => (isOfProduct(`:${text}`) ? [name] : []))
  assert.ok(started.length >= 8, started.join())
  const scraped = readText('infra/prometheus/prometheus.yml')
  assert.deepEqual(
    started.filter((name) => !new RegExp(`\\b${name}(:8080)?[\\],]`).test(scraped)),
    [],
  )
})

test('the schema and the topics wait for every node of the profile three', () => {
  for (const [kind, waiting] of [
    ['cassandra', 'migrate'],
    ['kafka', 'topics'],
  ] as const) {
    const nodes = Array.from(services.keys()).filter((name) => name.startsWith(`${kind}-`))
    assert.equal(nodes.length, 3)
    for (const node of nodes)
      assert.match(services.get(waiting)!, new RegExp(`${node}: \\{ condition: service_healthy`))
  }
})
