// Events of pages through a whole process: what is known of viewers can be asked for, copies change nothing, and
// nothing that recognises a viewer is on the disk.
import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { StandaloneChild } from '../../testing/standalone-child.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { until } from '../../testing/until.ts'

const PHONE =
  'Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36'
const DESKTOP = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0'
const ADDRESS = '203.0.113.77'
const EVENTS = 60

type Rows = { readonly total: number; readonly rows: readonly Record<string, string | number>[] }

async function send(url: string, agent: string, country: string, events: readonly object[]): Promise<void> {
  const answer = await fetch(`${url}/v1/events`, {
    method: 'POST',
    headers: {
      ...{ 'content-type': 'application/json', origin: url, 'user-agent': agent },
      ...{ 'x-forwarded-for': ADDRESS, 'x-country': country },
    },
    body: JSON.stringify(events),
  })
  assert.equal(answer.status, 202, await answer.text())
}

async function get<T>(url: string): Promise<T> {
  const answer = await fetch(url)
  assert.equal(answer.status, 200, await answer.clone().text())
  return (await answer.json()) as T
}

test('of copies from several devices the first counts, and nobody can be recognised', async () => {
  await using directory = await temporaryDirectory()
  const environment = {
    ...{ DATA_DIR: directory.path, FLUSH_INTERVAL_MS: '50', PROBE_INTERVAL_S: '0', ARCHIVE_FLUSH_MS: '100' },
    ...{ TRUST_PROXY: 'loopback', COUNTRY_HEADER: 'X-Country' },
  }
  const time = Date.now()
  const events = Array.from({ length: EVENTS }, (_, i) => ({
    id: `e${i}`,
    videoId: 'cats',
    type: 'view',
    time,
  }))
  await using first = new StandaloneChild(environment)
  await send(await first.url(), PHONE, 'DE', events.slice(0, 40))
  await send(await first.url(), DESKTOP, 'FR', events.slice(20, 50)) // the same viewer, now by another network
  await first.kill('SIGKILL')
  await using second = new StandaloneChild(environment)
  const url = await second.url()
  await send(url, PHONE, 'DE', events.slice(30))
  const ask = (by: string) =>
    get<Rows>(`${url}/v1/videos/cats/breakdown?by=${by}&eventType=view&function=count`)
  const stats = `${url}/v1/videos/cats/stats?eventType=view&function=count`
  await until('all is archived', async () => (await ask('device')).total === EVENTS)
  await until('all is counted', async () => (await get<{ value: number }>(stats)).value === EVENTS)
  const expected: Record<string, readonly string[]> = {
    device: ['mobile', 'desktop'],
    browser: ['Chrome', 'Firefox'],
    country: ['DE', 'FR'],
  }
  for (const [by, [most, least]] of Object.entries(expected)) {
    const { rows } = await ask(by)
    assert.deepEqual(rows, [
      { [by]: most, value: 50 },
      { [by]: least, value: 10 },
    ])
  }
  const question = { method: 'POST', headers: { 'content-type': 'application/json' } }
  const query = JSON.stringify({
    sql: "select count(*) as n from events where events::text similar to '.*(Mozilla|rv:140).*'",
  })
  const found = await fetch(`${url}/v1/admin/sql`, { ...question, body: query })
  assert.equal(found.status, 200, await found.clone().text())
  assert.deepEqual(((await found.json()) as { rows: unknown }).rows, [['0']])
  await second.kill('SIGTERM')
  await nothingOf(directory.path, [ADDRESS, 'Mozilla', 'rv:140', 'Android 10'])
})

/** Files may be compressed: what stands in the log in plain bytes is looked for at the front door, too. */
async function nothingOf(path: string, secrets: readonly string[]): Promise<void> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile())
  assert.ok(files.length > 0)
  for (const { parentPath, name } of files) {
    const text = (await readFile(join(parentPath, name))).toString('latin1')
    for (const secret of secrets) assert.ok(!text.includes(secret), `${secret} in ${name}`)
  }
}
