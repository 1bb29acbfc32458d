// Alert rules, dashboards and the runbook beside the code: they name metrics that exist, and each alert is tested and
// explained. That the rules fire and clear is tested by promtool: npm run test:alerts
import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { NOT_SHOWN, PAGES } from '../../infra/grafana/pages.ts'
import { pageText } from '../../infra/grafana/panels.ts'
import { OPENAPI } from '../../services/description.ts'
import { type ShownMetric, shownMetrics } from '../../testing/shown-metrics.ts'
import { root } from '../source-file.ts'
import { metricsTable } from './metrics-table.ts'

const PROMETHEUS = 'infra/prometheus/'
const RULES = textsOf(`${PROMETHEUS}*rules.yml`)
const TESTS = textsOf(`${PROMETHEUS}*test.yml`)
const DASHBOARDS = textsOf('infra/grafana/dashboards/*.json')
const RUNBOOK = readFileSync(join(root, 'docs/runbook.md'), 'utf8')

const METRIC = /\b(?:tally|process|nodejs)_[a-z0-9_]+/g
const RECORDED = /\btally:[a-z0-9_:]+/g
const OF_HISTOGRAMS = ['_bucket', '_sum', '_count']

function textsOf(pattern: string): string {
  const paths = globSync(pattern, { cwd: root }).sort()
  assert.ok(paths.length > 0, pattern)
  return paths.map((path) => readFileSync(join(root, path), 'utf8')).join('\n')
}

function all(text: string, pattern: RegExp): string[] {
  return Array.from(new Set(Array.from(text.matchAll(pattern), ([match, group]) => group ?? match))).sort()
}

describe('Metrics', () => {
  let metrics: readonly ShownMetric[]
  let shown: Set<string>
  before(async () => {
    metrics = await shownMetrics()
    const names = metrics.map(({ name, type }) =>
      type === 'histogram' ? OF_HISTOGRAMS.map((end) => name + end) : [name],
    )
    shown = new Set(names.flat())
  })

  for (const [what, text] of Object.entries({ rules: RULES, tests: TESTS, dashboards: DASHBOARDS })) {
    test(`that the ${what} name exist in the code`, () => {
      const named = all(text, METRIC)
      assert.ok(named.length > 5, named.join())
      assert.deepEqual(
        named.filter((name) => !shown.has(name)),
        [],
      )
    })
  }

  test('are all listed in docs/metrics.md', () => {
    const listed = readFileSync(join(root, 'docs/metrics.md'), 'utf8')
    assert.ok(listed.endsWith(`\n\n${metricsTable(metrics)}\n`), 'renew it: npm run test:alerts -- --write')
  })

  test('are each on a panel, or listed with a reason why not', () => {
    const onPanels = all(DASHBOARDS, METRIC)
    const own = metrics.filter(({ name }) => name.startsWith('tally_'))
    const isOnPanel = ({ name, type }: ShownMetric) =>
      [name, ...(type === 'histogram' ? OF_HISTOGRAMS.map((end) => name + end) : [])].some((one) =>
        onPanels.includes(one),
      )
    assert.deepEqual(
      own
        .filter((metric) => !isOnPanel(metric))
        .map(({ name }) => name)
        .sort(),
      Object.keys(NOT_SHOWN).sort(),
    )
  })

  test('have names by convention: counters end in _total, sizes and times in their unit', () => {
    for (const { name, type } of metrics.filter((one) => one.name.startsWith('tally_'))) {
      assert.equal(name.endsWith('_total'), type === 'counter', name)
      assert.doesNotMatch(name, /_(ms|millis|mib|kb|mb)(_|$)/)
    }
  })

  test('that rules make are made before they are used', () => {
    const made = new Set(all(RULES, /^ +- record: (\S+)$/gm))
    assert.deepEqual(
      all(RULES + DASHBOARDS, RECORDED).filter((name) => !made.has(name)),
      [],
    )
  })
})

test('the dashboards are what their pages make: npm run test:alerts -- --write', () => {
  const files = globSync('infra/grafana/dashboards/*', { cwd: root }).sort()
  const made = Object.entries(PAGES).map(
    ([name, page]) => [`infra/grafana/dashboards/${name}.json`, pageText(page)] as const,
  )
  assert.deepEqual(files, made.map(([path]) => path).sort())
  for (const [path, text] of made) assert.equal(readFileSync(join(root, path), 'utf8'), text, path)
  const uids = Object.values(PAGES).map(({ uid }) => uid)
  assert.equal(new Set(uids).size, uids.length)
})

test('the routes of what is promised are those of the description', () => {
  const routes = Object.keys(OPENAPI.paths).map((path) => path.replace(/\{(\w+)\}/g, ':$1'))
  const [events] = all(RULES, /\broute="([^"]+)"/g)
  const [answers, ...others] = all(RULES, /\broute=~"([^"]+)"/g)
  assert.ok(routes.includes(events!), String(events))
  assert.deepEqual(others, [])
  const promised = routes.filter((route) => new RegExp(`^(?:${answers})$`).test(route))
  const asked = ['stats', 'summary', 'uniques', 'viewers'].map((what) => `/v1/videos/:videoId/${what}`)
  for (const route of [...asked, '/v1/query', '/v1/top']) assert.ok(promised.includes(route), route)
})

const alerts = all(RULES, /^ +- alert: (\w+)$/gm)

test('each alert has a test in which it fires, and one in which it does not', () => {
  assert.ok(alerts.length > 20, alerts.join())
  const fires = all(TESTS, /alertname: (\w+)\n +exp_alerts:/g)
  const isQuiet = all(TESTS, /alertname: (\w+) \}/g)
  assert.deepEqual(fires, alerts)
  assert.deepEqual(isQuiet, alerts)
})

test('the runbook has a heading for each alert, and none for others', () => {
  assert.deepEqual(all(RUNBOOK, /^### (\w+)$/gm), alerts)
})

test('each entry of the runbook says what the alert means, how bad it is, where to look and what to do', () => {
  const entries = RUNBOOK.split(/^(?=#{2,3} )/m).filter((entry) => entry.startsWith('### '))
  for (const entry of entries)
    for (const part of ['Meaning', 'How bad', 'Look', 'Act'])
      assert.ok(entry.includes(`- **${part}**: `), `${part} is missing in ${entry}`)
})

test('each alert says how urgent it is, and where it is explained', () => {
  const entries = RULES.split(/^ +- (?=alert: )/m).slice(1)
  for (const entry of entries) {
    const [, name] = /^alert: (\w+)/.exec(entry)!
    assert.match(entry, /labels: \{ severity: (page|ticket) \}/)
    assert.ok(entry.includes(`runbook: docs/runbook.md#${name!.toLowerCase()}\n`), entry)
  }
})
