// Every setting and every process in all the places that must know it: the code, docs/settings.md, docker-compose.yml,
// the chart and what Prometheus scrapes. What the chart becomes is tested by npm run test:chart.
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { parse, parseAllDocuments } from 'yaml'
import { RIGHTS, type Rights } from '../infra/rights.ts'
import { allSettings, CREDENTIALS, clusterSettings, namesIn, SERVICES } from './setting-names.ts'
import { root } from './source-file.ts'

type Names = { readonly enum: readonly string[] }

const CHART = 'infra/helm/tally'
/** What the chart decides by itself. */
const OF_CHART = ['ADMIN_PORT', 'DATA_DIR', 'HOST', 'LANE', 'PORT']
/** Read by the AWS SDK. */
const CREDENTIALS_FILE = 'AWS_SHARED_CREDENTIALS_FILE'
const SECRET = /^(API_KEYS|ADMIN_KEYS|PROBE_KEY|SHARE_SECRETS)$|_PASSWORD$/
/** Of the balancer, not of a process. */
const OF_BALANCER = ['BALANCE', 'TLS_CERTIFICATE_FILE', 'TLS_KEY_FILE']

const textOf = (path: string) => readFileSync(join(root, path), 'utf8')
const compose = parse(textOf('docker-compose.yml'), { merge: true, maxAliasCount: -1 })
const schema = JSON.parse(textOf(`${CHART}/values.schema.json`))
const values = parse(textOf(`${CHART}/values.yaml`), { merge: true })
const settings = clusterSettings()
const files = settings.filter((name) => name.endsWith('_FILE'))

describe('docs/settings.md', () => {
  const documented = textOf('docs/settings.md')
  const [, table] = /\n(\| variable [\s\S]*?)\n\n/.exec(documented)!
  const listed = table!.split('\n').flatMap((row) => namesOfProcesses(row.split('|')[1]!))

  test('has every setting in its table, or as a file beside one', () => {
    const named = [...listed, ...namesOfProcesses(documented.split('| variable')[0]!)]
    assert.deepEqual(without(allSettings(), named), [])
  })

  test('has no setting that nothing reads, and none twice', () => {
    assert.deepEqual(without(listed, allSettings()), [])
    assert.equal(new Set(listed).size, listed.length)
  })
})

describe('docker-compose.yml', () => {
  const environment = Object.keys(compose['x-service-environment'])

  test('passes every setting to the services, and nothing that none reads', () => {
    assert.deepEqual(without(settings, [...environment, 'LANE', 'ARCHIVE_URL', 'PROBE_URL']), [])
    assert.deepEqual(without(environment, [...settings, ...CREDENTIALS]), [])
  })

  test('starts the programs of the services', () => {
    for (const name of Object.keys(SERVICES))
      assert.deepEqual(compose.services[`${name}-1`].command, ['node', programOf(name)])
  })
})

describe('the chart', () => {
  const { setting, settingFile } = schema.definitions as Readonly<Record<string, Names>>

  test('takes every setting that it does not decide by itself, but secrets only as files', () => {
    const taken = settings.filter(
      (name) => !OF_CHART.includes(name) && !files.includes(name) && !SECRET.test(name),
    )
    assert.deepEqual(setting!.enum, taken)
    assert.deepEqual(settingFile!.enum, [...files, CREDENTIALS_FILE].sort())
  })

  test('has a file for every secret', () => {
    const secrets = settings.filter((name) => SECRET.test(name))
    assert.ok(secrets.length >= 6, secrets.join())
    assert.deepEqual(
      secrets.filter((name) => !files.includes(`${name}_FILE`)),
      [],
    )
  })

  test('has every service, and scrapes each', () => {
    for (const name of Object.keys(SERVICES)) {
      assert.ok(name in values, name)
      assert.ok(textOf(`${CHART}/templates/_names.tpl`).includes(`"${name}"`), name)
    }
    // One list makes the workloads and the addresses that are scraped.
    for (const template of ['workloads', 'services'])
      assert.match(
        textOf(`${CHART}/templates/${template}.yaml`),
        /range \$name := include "tally\.components"/,
      )
  })

  test('has the rules, the dashboards and the balancer of everybody, not copies of them', () => {
    const same = [
      ['files/alert-rules.yml', 'infra/prometheus/alert-rules.yml'],
      ['files/slo-rules.yml', 'infra/prometheus/slo-rules.yml'],
      ['files/nginx.conf.tmpl', 'infra/nginx/nginx.conf.tmpl'],
      ...folderLinks('files/balance', 'infra/nginx/balance'),
      ...folderLinks('files/dashboards', 'infra/grafana/dashboards'),
    ] as const
    assert.ok(same.length >= 7, String(same.length))
    for (const [own, theirs] of same) assert.equal(textOf(`${CHART}/${own}`), textOf(theirs), own)
  })

  test('runs all rules: no other file of rules is there', () => {
    const rules = globSync('infra/prometheus/*rules.yml', { cwd: root }).sort()
    assert.deepEqual(rules, ['infra/prometheus/alert-rules.yml', 'infra/prometheus/slo-rules.yml'])
  })
})

test('the users of the Strimzi example have the rights of each service, and no more', () => {
  const users = parseAllDocuments(textOf('infra/helm/examples/strimzi.yaml'))
    .map((document) => document.toJS())
    .filter(({ kind }) => kind === 'KafkaUser')
  const granted = Object.fromEntries(
    users.map(({ metadata, spec }) => [metadata.name, spec.authorization.acls.map(aclText)]),
  )
  const wanted = Object.entries<Rights>(RIGHTS)
    .filter(([, { kafka }]) => kafka.length > 0)
    .map(([name, { kafka }]) => [name, kafka])
  assert.deepEqual(granted, Object.fromEntries(wanted))
})

type Acl = {
  readonly resource: { readonly type: string; readonly name: string; readonly patternType: string }
  readonly operations: readonly string[]
}

/** As infra/rights.ts writes it. */
function aclText({ resource: { type, name, patternType }, operations }: Acl): string {
  return `${operations.join().toUpperCase()} ${type} ${name}${patternType === 'prefix' ? '*' : ''}`
}

function folderLinks(own: string, theirs: string): (readonly [string, string])[] {
  const names = globSync('*', { cwd: join(root, theirs) })
  return names.map((name) => [`${own}/${name}`, `${theirs}/${name}`])
}

function programOf(service: string): string {
  return `services/${service === 'worker' ? 'processing' : service}/main.ts`
}

function namesOfProcesses(text: string): string[] {
  return namesIn(text).filter((name) => !OF_BALANCER.includes(name))
}

function without(names: readonly string[], others: readonly string[]): string[] {
  return names.filter((name) => !others.includes(name))
}
