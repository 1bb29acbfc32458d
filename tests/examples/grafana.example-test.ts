// The dashboard for Grafana: each panel is asked as Grafana and its plugin Infinity do it, with a key that only reads,
// and shows what was sent. Grafana itself is not needed.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { parse } from 'yaml'
import { HOUR_MS } from '../../model/bucket.ts'
import { until } from '../../testing/until.ts'
import { root } from '../source-file.ts'
import { Product } from './product.ts'

type Column = { readonly selector: string; readonly text: string; readonly type: string }
type Target = {
  readonly url: string
  readonly url_options: { readonly method: string }
  readonly root_selector: string
  readonly columns: readonly Column[]
  readonly datasource: { readonly type: string; readonly uid: string }
}
type Panel = { readonly title: string; readonly targets: readonly Target[] }
type Row = Readonly<Record<string, unknown>>

const FOLDER = join(root, 'examples/grafana/provisioning')
const text = (file: string) => readFileSync(join(FOLDER, file), 'utf8')
const dashboard = JSON.parse(text('dashboards/views.json'))
const [source] = parse(text('datasources/tally.yml')).datasources
const VIDEO = 'cats & "dogs"/1'

let product: Product
let nowMs: number
before(async () => {
  product = await Product.start()
  nowMs = Date.now()
  const event = { type: 'view', time: nowMs }
  const sent = ['DE', 'DE', 'FR'].map((country, i) => ({
    ...{ ...event, id: `e${i}`, videoId: VIDEO, attributes: { country } },
  }))
  const others = [{ ...event, id: 'o1', videoId: 'other' }]
  for (let times = 0; times < 2; times++) await product.send([...sent, ...others])
})
after(() => product?.[Symbol.asyncDispose]())

/** What Grafana puts in the place of its macros and of the dashboard's variables. */
function filled(template: string): string {
  const { granularity } = Object.fromEntries(
    dashboard.templating.list.map(({ name, current }: { name: string; current: Row }) => [
      name,
      current.value,
    ]),
  )
  const values: Readonly<Record<string, string>> = {
    '__from:date:iso': new Date(nowMs - HOUR_MS).toISOString(),
    '__to:date:iso': new Date(nowMs + HOUR_MS).toISOString(),
    'video:percentencode': encodeURIComponent(VIDEO),
    granularity,
  }
  return template.replaceAll(/\$\{([^}]+)\}/g, (_, name: string) => {
    assert.ok(values[name] !== undefined, `${name} is neither a macro nor a variable`)
    return values[name]
  })
}

/** The rows that a panel shows. */
async function rowsOf(title: string): Promise<Row[]> {
  const panel = dashboard.panels.find((one: Panel) => one.title === title) as Panel
  const [target] = panel.targets
  assert.deepEqual(target!.datasource, { type: source.type, uid: source.uid })
  assert.equal(target!.url_options.method, 'GET')
  const environment = (value: string) =>
    value.replace('$TALLY_URL', product.url).replace('$TALLY_KEY', product.keys.read)
  const headers = {
    [source.jsonData.httpHeaderName1]: environment(source.secureJsonData.httpHeaderValue1),
  }
  const response = await fetch(environment(source.url) + filled(target!.url), { headers })
  assert.equal(response.status, 200, title)
  const answer = (await response.json()) as Row
  const selected = target!.root_selector === '' ? answer : answer[target!.root_selector]
  return ([selected].flat() as Row[]).map((item) =>
    Object.fromEntries(target!.columns.map((column) => [column.text, cell(item[column.selector], column)])),
  )
}

function cell(value: unknown, { type }: Column): unknown {
  if (type === 'timestamp') assert.ok(Number.isFinite(Date.parse(String(value))), String(value))
  else assert.equal(typeof value, type)
  return value
}

const viewsOf = (rows: readonly Row[]) => rows.reduce((sum, { Views }) => sum + Number(Views), 0)

const SHOWN: Readonly<Record<string, (rows: readonly Row[]) => boolean>> = {
  'Views of all videos': (rows) => rows.length > 1 && viewsOf(rows) === 4,
  'Top videos of the last hour': (rows) =>
    JSON.stringify(rows) ===
    JSON.stringify([
      { Video: VIDEO, Views: 3 },
      { Video: 'other', Views: 1 },
    ]),
  'Views of $video': (rows) => rows.length > 1 && viewsOf(rows) === 3,
  'Views of $video in this range': (rows) => rows.length === 1 && viewsOf(rows) === 3,
  'Views of $video by country': (rows) =>
    JSON.stringify(rows) ===
    JSON.stringify([
      { Country: 'DE', Views: 2 },
      { Country: 'FR', Views: 1 },
    ]),
}

test('every panel is tested', () => {
  const titles = dashboard.panels.map(({ title }: Panel) => title)
  assert.deepEqual(titles.sort(), Object.keys(SHOWN).sort())
})

for (const [title, isRight] of Object.entries(SHOWN)) {
  test(`the panel "${title}" shows what was sent, each event once`, async () => {
    let rows: readonly Row[] = []
    await until(title, async () => {
      rows = await rowsOf(title)
      return isRight(rows)
    }).catch((cause) => assert.fail(`${cause.message}: ${JSON.stringify(rows)}`))
  })
}
