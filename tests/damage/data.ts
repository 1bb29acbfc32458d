// A data directory as a killed process leaves it: with journals and sorted files of every database, archived and
// recounted events, late ones, titles and viewers. And the answers of a process that is started on it.

import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../../lib/system-clock.ts'
import { StandaloneChild } from '../../testing/standalone-child.ts'
import { parseOptions } from '../../tools/keys/keys-options.ts'
import { run } from '../../tools/keys/run-keys.ts'

const POLL_MS = 50
/** The time for a flush or a recount. */
const PATIENCE_MS = 15_000
/** Old enough for answers about it to be complete. */
const ON_TIME_MS = 3 * 60_000
const LATE_MS = 90 * 60_000
const VIDEO = 'v'
const TITLE = 'A title'

/** The answers that are compared. */
export type Truth = {
  readonly views: number
  readonly viewers: number
  readonly endTime: string
  /** An admin key, which also speaks for a tenant. */
  readonly key: string
}

export type Said = {
  readonly views: number
  readonly complete: boolean
  readonly title: string | null
  readonly viewers: number
  readonly warnings: readonly string[]
  /** Raw events that were missing in the last recounts. */
  readonly missing: number
}

const QUICK = {
  FLUSH_INTERVAL_MS: '50',
  ARCHIVE_FLUSH_MS: '200',
  ARCHIVE_LATE_FLUSH_MS: '200',
  RECONCILE_INTERVAL_MS: '1000',
  SNAPSHOT_INTERVAL_MS: '1000',
  PROBE_INTERVAL_S: '0',
}

export function startOn(directory: string): StandaloneChild {
  return new StandaloneChild({ ...QUICK, DATA_DIR: directory })
}

/** In two runs of the process, so that the data of the first is in sorted files and not in a journal. */
export async function makeData(directory: string): Promise<Truth> {
  const key = await makeKey(directory)
  const ON_TIME = 20
  const LATE = 20
  for (const life of [0, 1]) {
    await using child = startOn(directory)
    const url = await child.url()
    const event = (i: number, time: number) => {
      return { id: `${life}-${i}`, videoId: VIDEO, type: 'view', time, viewerId: `u${i}` }
    }
    await send(
      url,
      key,
      Array.from({ length: ON_TIME }, (_, i) => event(i, Date.now() - ON_TIME_MS)),
    )
    await send(
      url,
      key,
      Array.from({ length: LATE }, (_, i) => event(100 + i, Date.now() - LATE_MS)),
    )
    await putTitle(url, key)
    const wanted = { views: (life + 1) * (ON_TIME + LATE), viewers: ON_TIME + LATE, endTime: endTime(), key }
    if (!(await until(async () => isRight(await ask(url, wanted), wanted))))
      throw new Error(`not all was counted: ${JSON.stringify(await ask(url, wanted))}`)
    if (!(await until(() => holdsLateEvents(directory)))) throw new Error('no late event was archived')
    await child.kill('SIGKILL')
  }
  return { views: 2 * (ON_TIME + LATE), viewers: ON_TIME + LATE, endTime: endTime(), key }
}

/** In a file of their own, or merged by a recount. */
async function holdsLateEvents(directory: string): Promise<boolean> {
  const files = await readdir(join(directory, 'archive'), { recursive: true })
  return files.some((file) => /^date=.*\/(events-late|merged-)/.test(file))
}

/** After all events that are on time, and before now. */
function endTime(): string {
  return new Date(Date.now() - ON_TIME_MS / 2).toISOString()
}

export async function ask(url: string, { endTime, key }: Truth): Promise<Said> {
  const startTime = new Date(Date.now() - 24 * 3_600_000).toISOString()
  const range = `startTime=${startTime}`
  const [stats, uniques, ready, audit, found] = await Promise.all([
    json(`${url}/v1/videos/${VIDEO}/stats?eventType=view&function=count&${range}&endTime=${endTime}`, key),
    json(`${url}/v1/videos/${VIDEO}/uniques?${range}`, key),
    json(`${url}/health/ready`, key),
    json(`${url}/v1/audit`, key),
    json(`${url}/v1/videos?search=${VIDEO}&limit=1`, key), // counts do not wait for titles, so they are read separately
  ])
  return {
    views: stats.value,
    complete: stats.meta?.complete === true,
    title: found.videos?.[0]?.title ?? null,
    viewers: uniques.uniques,
    warnings: [...(ready.warnings ?? []), ...(ready.detail === undefined ? [] : [ready.detail])],
    missing: audit.alerts.length,
  }
}

export function isRight(said: Said, { views, viewers }: Truth): boolean {
  return said.views === views && said.title === TITLE && said.viewers === viewers
}

/** Whether an answer silently lacks counts or a title. */
export function isSilent(said: Said, truth: Truth): boolean {
  const lacksCounts = said.views !== truth.views && said.complete
  const lacksMore = (said.title !== TITLE || said.viewers !== truth.viewers) && said.warnings.length === 0
  return lacksCounts || lacksMore
}

async function until(condition: () => Promise<boolean>, patienceMs = PATIENCE_MS): Promise<boolean> {
  for (const endMs = Date.now() + patienceMs; Date.now() < endMs; await sleep(POLL_MS)) {
    if (await condition()) return true
  }
  return false
}

/** In the keys file of the directory. */
async function makeKey(directory: string): Promise<string> {
  const printed: string[] = []
  const options = parseOptions(['create', '--role', 'admin', '--tenant', 'acme'], Date.now())
  const output = { print: (line: string) => void printed.push(line), say() {} }
  await run(join(directory, 'keys.json'), options, systemClock, output)
  return printed[0]!
}

async function send(url: string, key: string, events: readonly unknown[]): Promise<void> {
  const headers = { 'content-type': 'application/json', 'x-api-key': key }
  const answer = await fetch(`${url}/v1/events`, { method: 'POST', headers, body: JSON.stringify(events) })
  if (answer.status !== 202) throw new Error(`events were answered ${answer.status}`)
}

async function putTitle(url: string, key: string): Promise<void> {
  const headers = { 'content-type': 'application/json', 'x-api-key': key }
  const body = JSON.stringify({ title: TITLE })
  const answer = await fetch(`${url}/v1/videos/${VIDEO}`, { method: 'PUT', headers, body })
  if (answer.status !== 200) throw new Error(`the title was answered ${answer.status}`)
}

// biome-ignore lint/suspicious/noExplicitAny: answers of many routes
async function json(address: string, key: string): Promise<any> {
  const answer = await fetch(address, { headers: { 'x-api-key': key } })
  return answer.json()
}
