// The product as users start it, on its own directory, filled with the data for a test.
import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '../../lib/system-clock.ts'
import type { Event } from '../../model/event.ts'
import { encodeDeadLetter } from '../../schemas/dead-letter.ts'
import { openDataDirectory } from '../../stores/disk/data-directory.ts'
import { openEmbeddedLog } from '../../stores/log/embedded/embedded-log.ts'
import { encodedEvent } from '../../testing/dead-letter-fixture.ts'
import { StandaloneChild } from '../../testing/standalone-child.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'

const PARTITIONS = 4
const POLL_MS = 100
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

/** Waits until breakdowns hold views of the video. */
export async function archived({ url }: Product, videoId: string): Promise<void> {
  const question = `${url}/v1/videos/${videoId}/breakdown?by=country&eventType=view&function=count`
  while (((await (await fetch(question)).json()) as { total: number }).total === 0) await sleep(POLL_MS)
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
