// Breakdowns of a whole process, from outside: their rows add up to what the counts say.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HOUR_MS } from '../../model/bucket.ts'
import { StandaloneChild } from '../../testing/standalone-child.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { until } from '../../testing/until.ts'

type Row = { readonly country: string; readonly value: number; readonly isOther?: true }
type Total = { readonly value: number; readonly series: readonly { readonly value: number }[] }
type Answer = { readonly total: number; readonly rows: readonly Row[]; readonly startTime: string }

const COUNTRIES = ['DE', 'FR', '日本', '🎬', '', 'a"b\\c', 'other', null]
const EVENTS = 400

function events() {
  return Array.from({ length: EVENTS }, (_, i) => {
    const country = COUNTRIES[i % COUNTRIES.length]!
    const time = Date.now() - (i % 5 === 0 ? HOUR_MS : 0)
    return {
      ...{ id: `e${i}`, videoId: 'cats', type: 'view', time, value: i / 1000 },
      ...(country !== null && { attributes: { country } }),
    }
  })
}

async function get<T>(url: string, status = 200): Promise<T> {
  const answer = await fetch(url)
  assert.equal(answer.status, status)
  return (await answer.json()) as T
}

async function post<T>(url: string, body: object, method = 'POST'): Promise<T> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(url, { method, headers, body: JSON.stringify(body) })
  assert.equal(answer.ok, true, await answer.clone().text())
  return (await answer.json()) as T
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0)

type Counted = { readonly values: { readonly count: number } }
type Asked = { readonly rows: readonly (Counted & { readonly series: readonly Counted[] })[] }

/** The site and a channel have the events of their only video, in all that is asked of them. */
async function checkEverySubject(url: string): Promise<void> {
  await post(`${url}/v1/videos/cats`, { title: 'Cats', channel: 'Pets' }, 'PUT')
  const question = 'breakdown?by=country&eventType=view&function=count'
  for (const subject of ['site', 'channels/Pets', 'videos/cats']) {
    const all = await get<Answer>(`${url}/v1/${subject}/${question}&limit=3`)
    const filtered = await get<Answer>(`${url}/v1/${subject}/${question}&where=country:FR&where=country:`)
    const stats = `stats?eventType=view&function=count&granularity=PT1H&where=country:FR&where=country:`
    const { value, series } = await get<Total>(`${url}/v1/${subject}/${stats}`)
    assert.deepEqual([value, sum(series.map((point) => point.value))], [filtered.total, filtered.total])
    assert.deepEqual(
      [all.total, sum(all.rows.map(({ value }) => value)), filtered.total, filtered.rows.length],
      [EVENTS, EVENTS, (3 * EVENTS) / COUNTRIES.length, 2],
      subject,
    )
  }
  // One end for all: an hour may end meanwhile.
  const endTime = new Date(Date.now() + HOUR_MS).toISOString()
  const asked = { videoIds: 'cats', eventTypes: 'view', granularity: 'PT1H', endTime }
  const counts = ({ rows }: Asked) => rows.map(({ values }) => values.count)
  const points = ({ rows }: Asked) => rows.flatMap(({ series }) => series.map(({ values }) => values.count))
  const rows = await post<Asked>(`${url}/v1/query`, { ...asked, groupBy: 'country', limit: 2 })
  assert.deepEqual([counts(rows).length, sum(counts(rows)), sum(points(rows))], [3, EVENTS, EVENTS])
  const some = await post<Asked>(`${url}/v1/query`, { ...asked, where: { country: ['DE', ''] } }, 'QUERY')
  assert.deepEqual([counts(some), sum(points(some))], [[150], 150])
  const whole = await post<Asked>(`${url}/v1/query`, asked)
  const byHour = rows.rows.map(({ series }) => series.map(({ values }) => values.count))
  assert.deepEqual(
    byHour.reduce((a, b) => a.map((count, i) => count + b[i]!)),
    points(whole),
    'hour by hour',
  )
}

test('rows add up to the counts, with copies, late events and a kill', async () => {
  await using directory = await temporaryDirectory()
  const environment = {
    ...{ DATA_DIR: directory.path, FLUSH_INTERVAL_MS: '50', PROBE_INTERVAL_S: '0', DIMENSIONS: 'country' },
    ...{ ARCHIVE_LATE_FLUSH_MS: '100', RECONCILE_INTERVAL_MS: '200' },
  }
  const sent = events()
  const send = async (url: string, some: readonly object[]) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${url}/v1/events`, { method: 'POST', headers, body: JSON.stringify(some) })
    assert.equal(answer.status, 202)
  }
  await using first = new StandaloneChild(environment)
  await send(await first.url(), sent.slice(0, 250))
  await first.kill('SIGKILL')
  await using second = new StandaloneChild(environment)
  const url = await second.url()
  await send(url, sent.slice(150))

  const ask = (fn: string, more = '') =>
    get<Answer>(`${url}/v1/videos/cats/breakdown?by=country&eventType=view&function=${fn}${more}`)
  const stat = async (fn: string) =>
    (await get<{ value: number }>(`${url}/v1/videos/cats/stats?eventType=view&function=${fn}`)).value
  await until('all is archived', async () => (await ask('count')).total === EVENTS)
  await until('all is counted', async () => (await stat('count')) === EVENTS)
  for (const fn of ['count', 'sum', 'average', 'min', 'max']) {
    assert.equal((await ask(fn)).total, await stat(fn), fn)
  }
  const { rows } = await ask('count')
  const each = EVENTS / COUNTRIES.length
  const expected = COUNTRIES.filter((country) => country !== null).map((country) => [country, each])
  assert.deepEqual(
    new Map(rows.map(({ country, value }) => [country, value])),
    new Map([...expected, ['', 2 * each]] as [string, number][]),
  )
  const few = await ask('count', '&limit=2')
  assert.deepEqual([few.rows.length, few.rows[2]?.isOther], [3, true])
  assert.equal(
    few.rows.reduce((sum, { value }) => sum + value, 0),
    few.total,
  )

  await checkEverySubject(url)

  const other = `${url}/v1/videos/dogs/breakdown?eventType=view&function=count`
  const nothing = await get<Answer>(`${other}&by=country`)
  assert.deepEqual([nothing.total, nothing.rows], [0, []])
  const { detail } = await get<{ detail: string }>(`${other}&by=device`, 400)
  assert.match(
    detail,
    /by must be one of the attributes that this server declares: country, tally\.automated\./,
  )
})
