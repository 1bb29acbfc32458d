// Breakdowns of a whole process, from outside: their rows add up to what the counts say.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { HOUR_MS } from '../../model/bucket.ts'
import { StandaloneChild } from '../../testing/standalone-child.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'

type Row = { readonly country: string; readonly value: number; readonly isOther?: true }
type Answer = { readonly total: number; readonly rows: readonly Row[]; readonly startTime: string }

const POLL_MS = 50
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

/** Waits until it is so; the runner ends a test that waits too long. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(POLL_MS)
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
  await until(async () => (await ask('count')).total === EVENTS)
  await until(async () => (await stat('count')) === EVENTS)
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

  const other = `${url}/v1/videos/dogs/breakdown?eventType=view&function=count`
  const nothing = await get<Answer>(`${other}&by=country`)
  assert.deepEqual([nothing.total, nothing.rows], [0, []])
  const { detail } = await get<{ detail: string }>(`${other}&by=device`, 400)
  assert.match(
    detail,
    /by must be one of the dimensions that this server declares: country, tally\.automated\./,
  )
})
