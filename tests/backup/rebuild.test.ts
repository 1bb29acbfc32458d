// Counts that are made anew of the log and the archive, by the command on a real data directory. Its clock runs fast,
// because minutes must close before everything is counted again.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../lib/system-clock.ts'
import { HOUR_MS } from '../../model/bucket.ts'
import { openEmbeddedLog } from '../../stores/log/embedded/embedded-log.ts'
import { StandaloneChild } from '../../testing/standalone-child.ts'
import { type TemporaryDirectory, temporaryDirectory } from '../../testing/temporary-directory.ts'
import { until } from '../../testing/until.ts'
import { settingsFor } from '../../tools/rebuild/count-again.ts'
import { run } from '../../tools/rebuild/run-rebuild.ts'

const QUICK = {
  FLUSH_INTERVAL_MS: '50',
  ARCHIVE_FLUSH_MS: '100',
  ARCHIVE_LATE_FLUSH_MS: '100',
  RECONCILE_INTERVAL_MS: '500',
  PROBE_INTERVAL_S: '0',
}
/** Two minutes in two seconds. */
const FAST = 'const { now } = Date; const from = now(); Date.now = () => from + 60 * (now() - from)'
/** Ahead of the end of the rebuild, whose clock ran fast: clocks never go back here. */
const LATER_MS = 5 * HOUR_MS
const LATER = `const { now } = Date; Date.now = () => now() + ${LATER_MS}`
const imported = (module: string) => `--import=data:text/javascript,${encodeURIComponent(module)}`
const MAIN = fileURLToPath(new URL('../../tools/rebuild/main.ts', import.meta.url))

async function post(url: string, videoId: string, times: readonly number[]): Promise<void> {
  const events = times.map((time, i) => ({ id: `${videoId}-${i}`, videoId, type: 'view', time }))
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify([...events, ...events]) // each twice
  const answer = await fetch(`${url}/v1/events`, { method: 'POST', headers, body })
  assert.equal(answer.status, 202)
}

async function countOf(url: string, videoId: string): Promise<number> {
  const range = `startTime=${Date.now() - 100 * HOUR_MS}&endTime=${Date.now() + LATER_MS + HOUR_MS}`
  const path = `/v1/videos/${videoId}/stats?eventType=view&function=count&${range}`
  return ((await (await fetch(`${url}${path}`)).json()) as { value: number }).value
}

async function untilCounted(url: string, wanted: Readonly<Record<string, number>>): Promise<void> {
  for (const [videoId, count] of Object.entries(wanted))
    await until(`${count} of ${videoId} are counted`, async () => (await countOf(url, videoId)) === count)
}

type Said = { readonly code: number; readonly out: string; readonly errors: string }

function rebuild(root: string, ...args: readonly string[]) {
  const env = { ...process.env, ...QUICK, NODE_OPTIONS: imported(FAST) }
  const { promise: ended, resolve } = Promise.withResolvers<Said>()
  const command = [MAIN, '--data-dir', root, ...args]
  const child = execFile(process.execPath, command, { env }, (error, out, errors) => {
    resolve({ code: Number(error?.code ?? 0), out, errors })
  })
  return { ended, kill: () => child.kill('SIGKILL') }
}

/** What the command says before it begins. */
async function listed(root: string, isAgreed = false): Promise<string> {
  const lines: string[] = []
  const settings = settingsFor({ ...QUICK, LOG_LEVEL: 'silent' }, root)
  await run(settings, isAgreed, systemClock, (line) => lines.push(line), { write() {} })
  return lines.join('\n')
}

describe('A rebuild', () => {
  const now = Date.now()
  const hours = [30, 4, 2].map((ago) => now - ago * HOUR_MS)
  const wanted = { 'on-time': 40, late: 30, purged: 10, recent: 20 }
  let directory: TemporaryDirectory
  let root: string

  before(async () => {
    directory = await temporaryDirectory()
    root = join(directory.path, 'data')
    {
      await using child = new StandaloneChild({ ...QUICK, DATA_DIR: root })
      const url = await child.url()
      await post(url, 'on-time', Array(40).fill(now))
      await post(url, 'purged', Array(10).fill(hours[0]))
      await post(url, 'late', [...Array(20).fill(hours[1]), ...Array(10).fill(hours[2])])
      await untilCounted(url, { 'on-time': 40, late: 30, purged: 10 })
    }
    await purge(hours[0]!)
    await trimLog()
    await using child = new StandaloneChild({ ...QUICK, DATA_DIR: root })
    const url = await child.url()
    await post(url, 'recent', Array(20).fill(Date.now()))
    await untilCounted(url, { recent: 20 })
  })
  after(() => directory[Symbol.asyncDispose]())

  /** As retention does. */
  async function purge(timeMs: number): Promise<void> {
    const [date, hour] = [
      new Date(timeMs).toISOString().slice(0, 10),
      new Date(timeMs).toISOString().slice(11, 13),
    ]
    for (const folder of ['archive', 'archive/manifest']) {
      await rm(join(root, folder, `date=${date}`, `hour=${hour}`), { recursive: true })
    }
  }

  async function trimLog(): Promise<void> {
    const log = await openEmbeddedLog({
      ...{ directory: join(root, 'log'), clock: systemClock, partitions: 1 },
      retention: { ageMs: 1e12, bytesMax: 0 },
    })
    await log.enforceRetention(async () => Number.MAX_SAFE_INTEGER)
    await log.close()
  }

  test('only says what it would do, until it is agreed to', async () => {
    const out = await listed(root)
    assert.match(
      out,
      /^Counted again: [34] hours of which the archive holds raw events\n {2}20.*Z to 20.*Z$/m,
    )
    assert.match(out, /^Carried over from the old counts.*: \d minutes, \d hours, \d days, \d+ entries/m)
    assert.match(out, /^Nothing was changed\. To begin: the same with --yes$/m)
    assert.ok(!(await readdir(root)).some((name) => /rebuild/.test(name)))
    const { code, out: said } = await rebuild(root).ended
    assert.deepEqual([code, /To begin: the same with --yes/.test(said)], [0, true], 'it would begin')
  })

  test('goes on where it was killed, and then everything is counted as before', async () => {
    const begun = rebuild(root, '--yes')
    await until('the rebuild is under way', async () => (await readdir(root)).includes('rebuild.json'))
    begun.kill()
    await begun.ended
    const again = await rebuild(root).ended
    assert.equal(again.code, 0, again.errors + again.out)
    assert.match(again.out, /^Goes on with the rebuild of 20.*Z\.$/m)
    assert.match(
      again.out,
      /everything is counted again, \d+ s\. The old counts are in .*counts\.before-rebuild/,
    )
    await using child = new StandaloneChild({ ...QUICK, DATA_DIR: root, NODE_OPTIONS: imported(LATER) })
    const url = await child.url()
    for (const [videoId, count] of Object.entries(wanted)) assert.equal(await countOf(url, videoId), count)
    assert.deepEqual(await (await fetch(`${url}/health/ready`)).json(), { status: 'ready' })
    await post(url, 'later', Array(5).fill(Date.now() + LATER_MS))
    await untilCounted(url, { later: 5 })
  })

  test('names what is lost for good where the old counts cannot be read, and keeps those of before', async () => {
    const kept = /counts\.before-rebuild is of an earlier rebuild: remove it, or move it away/
    await assert.rejects(listed(root, true), kept)
    await rm(join(root, 'counts', 'CURRENT'))
    const out = await listed(root)
    assert.match(
      out,
      /^Lost for good: the old counts cannot be read \(The file CURRENT of the database is lost/m,
    )
    assert.match(out, /^ {2}counts of all other hours before 20.*Z, whose raw events are not kept any more$/m)
    assert.doesNotMatch(out, /Carried over/)
    await rm(join(root, 'counts'), { recursive: true })
    await mkdir(join(root, 'counts'))
    assert.match(await listed(root), /cannot be read \(All that .*counts held is lost/)
  })
})
