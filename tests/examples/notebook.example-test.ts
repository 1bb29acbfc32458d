// The notebook, run with the packages that it pins: what its cells show is compared with what was sent.
import assert from 'node:assert/strict'
import { copyFile, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { before, test } from 'node:test'
import { fetchPackages } from '../../infra/native/python.ts'
import { runProgram } from '../../infra/native/run-program.ts'
import { HOUR_MS, MINUTE_MS } from '../../model/bucket.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { until } from '../../testing/until.ts'
import { root } from '../source-file.ts'
import { PROGRAMS, Product } from './product.ts'

type Sent = {
  readonly id: string
  readonly videoId: string
  readonly type: string
  readonly time: number
  readonly value?: number
  readonly attributes?: { readonly country: string }
}
type Output = { readonly text?: string; readonly data?: Readonly<Record<string, string>> }
type Cell = { readonly id: string; readonly execution_count?: number | null; readonly outputs?: Output[] }

const NOTEBOOK = join(root, 'examples/notebook/views.ipynb')
const PINS = join(root, 'examples/notebook/requirements.txt')
/** Where matplotlib keeps what it knows of fonts. */
const HOME = join(PROGRAMS, 'notebook-home')
const EXECUTE = 'from nbclient.cli import main; main()'

/** Its hours begin at a quarter past those of UTC. */
const ZONE = { name: 'Asia/Kathmandu', offset: '+05:45', ms: 345 * MINUTE_MS }
/** To be escaped in a path and in SQL, and no formula for matplotlib. */
const AWKWARD = "l'été 50 %/$^{$1"
const OTHER_KEY = 'other-key'
const SETTINGS = {
  API_KEYS: `${OTHER_KEY}=other`,
  ...{ ARCHIVE_FLUSH_MS: '200', ARCHIVE_LATE_FLUSH_MS: '200', RECONCILE_INTERVAL_MS: '500' },
}

const python = await fetchPackages(PINS, join(PROGRAMS, 'notebook'))
const nowMs = Date.now() // events in time must still be that when they are sent, so the packages come first
const HOURS = 5
const endMs = Math.ceil(nowMs / MINUTE_MS) * MINUTE_MS + MINUTE_MS
const startMs = endMs - HOURS * HOUR_MS
const range = { startTime: new Date(startMs).toISOString(), endTime: new Date(endMs).toISOString() }

const pick = <T>(values: readonly T[], i: number) => values[i % values.length]!
/** Late events of a minute count when it has closed, which takes a little longer than events may come in time. */
const CLOSED_MS = 20 * MINUTE_MS
/** A third of them in time, the others late, in every hour of the range. */
const sent: readonly Sent[] = Array.from({ length: 270 }, (_, i) => ({
  id: `e${i}`,
  videoId: pick(['cats', 'dogs', 'cats', AWKWARD, 'cats'], i),
  type: pick(['view', 'view', 'view', 'like'], i),
  time: nowMs - (i % 3 === 0 ? pick([0, 20_000, 40_000, 60_000], i) : CLOSED_MS + i * MINUTE_MS),
  ...(i % 7 !== 0 && { value: (i % 90) + pick([0, 0.125], i) }),
  ...(i % 11 !== 0 && { attributes: { country: pick(['DE', 'FR', 'DE', 'NP', 'DE', 'FR'], i) } }),
}))
/** Of copies the first counts, so nothing of these may be seen. */
const copies = sent.map((event) => ({ ...event, value: 999, attributes: { country: 'XX' } }))
const earlier = sent.map((event) => ({ ...event, time: startMs - 1 }))
const views = sent.filter(({ type }) => type === 'view')

let cells: ReadonlyMap<string, Cell>
before(async () => {
  await mkdir(HOME, { recursive: true })
  await using product = await Product.start(SETTINGS)
  for (const events of [sent, copies, earlier]) await product.send(events)
  await product.send(sent, OTHER_KEY)
  await counted(product)
  await using folder = await temporaryDirectory()
  await copyFile(NOTEBOOK, join(folder.path, 'views.ipynb'))
  await runProgram(
    python,
    ['-c', EXECUTE, '--startup_timeout=120', '--timeout=300', '--output=done', 'views.ipynb'],
    {
      cwd: folder.path,
      environment: {
        ...{ TALLY_URL: product.url, TALLY_KEY: product.keys.admin, TALLY_TIME_ZONE: ZONE.name },
        ...{ TALLY_START: range.startTime, TALLY_END: range.endTime },
        HOME,
      },
    },
  )
  cells = await cellsOf(join(folder.path, 'done.ipynb'))
})

/** Until all is archived, and late events are in the counts of each video, where they come last. */
async function counted(product: Product): Promise<void> {
  const exported = new URLSearchParams({ ...range, format: 'ndjson' })
  await until('all events are archived', async () => {
    const lines = await product.text(`/v1/admin/exports/raw?${exported}`, product.keys.admin)
    return lines.trim().split('\n').length === 2 * sent.length
  })
  const asked = new URLSearchParams({ ...range, eventType: 'view', function: 'count' })
  for (const [videoId, count] of countedBy((event) => event.videoId)) {
    await until(`${videoId} counts ${count}`, async () => {
      const path = `/v1/videos/${encodeURIComponent(videoId)}/stats?${asked}`
      return ((await product.ask(path)) as { value: number }).value === count
    })
  }
}

async function cellsOf(path: string): Promise<ReadonlyMap<string, Cell>> {
  const { cells } = JSON.parse(await readFile(path, 'utf8')) as { cells: Cell[] }
  return new Map(cells.map((cell) => [cell.id, cell]))
}

/** What the outputs of a cell hold of a kind, of which it has one. A notebook keeps texts as lists of their lines. */
function shown(id: string, of: (output: Output) => string | undefined): string {
  const outputs = cells.get(id)?.outputs ?? []
  const [found, ...others] = outputs.map(of).filter((one) => one !== undefined)
  assert.ok(found !== undefined && others.length === 0, id)
  return [found].flat().join('')
}

/** The table that DuckDB drew: a line of names, one of types, and the rows. */
function tableOf(id: string): readonly (readonly string[])[] {
  const lines = shown(id, ({ data }) => (data?.['image/png'] ? undefined : data?.['text/plain'])).split('\n')
  const rows = lines.filter((line) => line.startsWith('│'))
  return rows.slice(2).map((row) =>
    row
      .split('│')
      .slice(1, -1)
      .map((value) => value.trim()),
  )
}

/** The highest first. */
function countedBy(keyOf: (event: Sent) => string): [string, number][] {
  const counts = new Map<string, number>()
  for (const event of views) counts.set(keyOf(event), (counts.get(keyOf(event)) ?? 0) + 1)
  return [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
}

const asText = (rows: readonly (readonly (string | number)[])[]) => rows.map((row) => row.map(String))

test('it is kept without what its cells showed', async () => {
  for (const cell of (await cellsOf(NOTEBOOK)).values()) {
    assert.deepEqual([cell.execution_count ?? null, cell.outputs ?? []], [null, []], cell.id)
  }
})

test('views by video are those that were sent, each once', () => {
  assert.deepEqual(tableOf('videos'), asText(countedBy(({ videoId }) => videoId)))
})

test('hours are those of the clock of the zone', () => {
  const hourOf = ({ time }: Sent) =>
    `${new Date(time + ZONE.ms).toISOString().slice(0, 13).replace('T', ' ')}:00:00${ZONE.offset}`
  assert.deepEqual(tableOf('hours'), asText(countedBy(hourOf)))
})

test('countries are those of the attributes', () => {
  const counts = countedBy(({ attributes }) => attributes?.country ?? 'NULL')
  const rows = counts.map(([name, n]) => [name, n, ((100 * n) / views.length).toFixed(1)])
  assert.deepEqual(tableOf('countries'), asText(rows))
})

test('seconds that were watched add up exactly, and so do shares of views', () => {
  const videos = Map.groupBy(
    views.filter(({ value }) => value !== undefined),
    ({ videoId }) => videoId,
  )
  const rows = [...videos].map(([videoId, events]) => {
    const values = events.map(({ value }) => value!)
    const seconds = values.reduce((sum, value) => sum + value, 0)
    const share = (least: number) => (100 * values.filter((value) => value >= least).length) / values.length
    return [videoId, seconds.toFixed(3), ...[10, 30, 60].map((least) => share(least).toFixed(1))]
  })
  assert.deepEqual(
    tableOf('watched'),
    rows.sort((a, b) => Number(b[1]) - Number(a[1])),
  )
})

test('hours and watching are drawn', () => {
  for (const id of ['hours', 'watched']) {
    const image = Buffer.from(
      shown(id, ({ data }) => data?.['image/png']),
      'base64',
    )
    assert.equal(image.toString('latin1', 1, 4), 'PNG', id)
  }
})

test('the last cell finds that the server counts the same', () => {
  assert.equal(
    shown('compared', ({ text }) => text),
    `${views.length} views: the server and the file agree\n`,
  )
})
