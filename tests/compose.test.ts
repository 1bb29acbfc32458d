// docker-compose.yml beside the code, as text: its form is checked by docker itself.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Environment, SettingsReader } from '../lib/settings-reader.ts'
import { readSettings as readPartitioner } from '../services/partitioner/settings.ts'
import { readSettings as readProcessing } from '../services/processing/settings.ts'
import { readSettings as readQuery } from '../services/query/settings.ts'
import { readSettings as readReconciler } from '../services/reconciler/settings.ts'
import { readWantedLayout } from '../stores/layouts/layout-settings.ts'
import { root } from './source-file.ts'

const READERS = [readPartitioner, readProcessing, readQuery, readReconciler]
const OF_TOPICS = /\bread\.\w+\('([A-Z_]+)'/g
/** Of objects in S3: the AWS SDK reads them by itself. */
const CREDENTIALS = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']

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

/** The names of all variables that the services and `npm run topics` read. */
function settingNames(): string[] {
  const names = new Set<string>()
  const environment: Environment = new Proxy({}, { get: (_, name) => void names.add(String(name)) })
  for (const read of READERS) read(environment)
  readWantedLayout(new SettingsReader(environment), 1)
  for (const [, name] of readText('tools/topics.ts').matchAll(OF_TOPICS)) names.add(name!)
  return Array.from(names)
}

test('every setting reaches the services', () => {
  const missing = [...settingNames(), ...CREDENTIALS].filter(
    (name) => !new RegExp(`\\b${name}:(?: |$)`, 'm').test(compose),
  )
  assert.deepEqual(missing, [])
})

test('no service takes what is meant for another one for a misspelt setting of its own', () => {
  for (const name of settingNames()) for (const read of READERS) read({ [name]: '' })
})

test('a container is given more than twice the time that its process gives itself to stop', () => {
  const [, seconds] = /stop_grace_period: \$\{STOP_GRACE_PERIOD:-(\d+)s\}/.exec(compose) ?? []
  assert.ok(Number(seconds) * 1_000 > 2 * readPartitioner({}).shutdownTimeoutMs)
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
