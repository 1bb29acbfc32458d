// The product as users start it, on its own directory, filled with the data for a test.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { systemClock } from '../../lib/system-clock.ts'
import type { Event } from '../../model/event.ts'
import { encodeDeadLetter } from '../../schemas/dead-letter.ts'
import { openDataDirectory } from '../../stores/disk/data-directory.ts'
import { openEmbeddedLog } from '../../stores/log/embedded/embedded-log.ts'
import { encodedEvent } from '../../testing/dead-letter-fixture.ts'
import { StandaloneChild } from '../../testing/standalone-child.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { until } from '../../testing/until.ts'

const IMPORT = fileURLToPath(new URL('../../tools/import/main.ts', import.meta.url))
const PARTITIONS = 4
const ENVIRONMENT = { FLUSH_INTERVAL_MS: '100' }
const NO_LIMIT = { ageMs: Number.MAX_SAFE_INTEGER, bytesMax: Number.MAX_SAFE_INTEGER }

export type Product = AsyncDisposable & { readonly url: string }

/** `dead`: events that were stored as dead letters, although they can be read. */
export async function startProduct(
  environment: Readonly<Record<string, string>> = {},
  dead: readonly Event[] = [],
): Promise<Product> {
  const directory = await temporaryDirectory()
  const settings = { ...ENVIRONMENT, ...environment, DATA_DIR: directory.path }
  if (dead.length > 0) {
    await startOnce(settings)
    await putAside(directory.path, dead)
  }
  const child = new StandaloneChild(settings)
  return {
    url: await child.url(),
    async [Symbol.asyncDispose]() {
      await child.kill('SIGTERM')
      await directory[Symbol.asyncDispose]()
    },
  }
}

/** Imports events of any time, as an operator does, and waits until they are counted. */
export async function importEvents({ url }: Product, events: readonly object[]): Promise<void> {
  await using directory = await temporaryDirectory()
  const file = join(directory.path, 'events.ndjson')
  await writeFile(file, events.map((event) => JSON.stringify(event)).join('\n'))
  const { code, output } = await runNode(IMPORT, [file, '--url', url])
  if (code !== 0) throw new Error(`the import failed: ${output}`)
}

async function runNode(program: string, args: readonly string[]) {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const [code] = await once(child, 'close')
  return { code, output }
}

/** Gives videos their titles and channels. */
export async function nameVideos({ url }: Product, videos: readonly object[]): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${url}/v1/videos`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ videos }),
  })
  if (!answer.ok) throw new Error(`videos are not named: ${await answer.text()}`)
}

/** Waits until the videos with most views, a hundred at most, have so many together. */
export async function counted({ url }: Product, views: number): Promise<void> {
  await until(`${views} views are counted`, async () => {
    const answer = await fetch(`${url}/v1/top?eventType=view&limit=100`)
    const { videos } = (await answer.json()) as { videos: readonly { count: number }[] }
    return videos.reduce((sum, { count }) => sum + count, 0) >= views
  })
}

/** Waits until breakdowns hold views of the video. */
export async function archived({ url }: Product, videoId: string): Promise<void> {
  const question = `${url}/v1/videos/${videoId}/breakdown?by=country&eventType=view&function=count`
  const total = async () => ((await (await fetch(question)).json()) as { total?: number }).total ?? 0
  await until(`views of ${videoId} are archived`, async () => (await total()) > 0)
}

/** Waits until late views of the video are added by a recount. */
export async function recounted({ url }: Product, videoId: string): Promise<void> {
  const question = `${url}/v1/videos/${videoId}/stats?eventType=view&function=count`
  const total = async () => ((await (await fetch(question)).json()) as { value?: number }).value ?? 0
  await until(`views of ${videoId} are recounted`, async () => (await total()) > 0)
}

/** A directory that was never started on has no layouts, and a log without its layouts is refused. */
async function startOnce(settings: Readonly<Record<string, string>>): Promise<void> {
  const child = new StandaloneChild(settings)
  await child.url()
  await child.kill('SIGTERM')
}

async function putAside(root: string, events: readonly Event[]): Promise<void> {
  const { log: directory } = await openDataDirectory(root)
  const log = await openEmbeddedLog({
    directory,
    clock: systemClock,
    partitions: PARTITIONS,
    retention: NO_LIMIT,
  })
  const [source] = await log.sources('events')
  for (const event of events) {
    const letter = {
      ...{ source: source!.id, offset: 0, index: 0, logTime: event.timeMs, origin: 'event' as const },
      ...{ reason: 'unknown_schema', bytes: encodedEvent(event) },
    }
    await log.append('events-dead', 0, encodeDeadLetter(letter))
  }
  await log.close()
}
