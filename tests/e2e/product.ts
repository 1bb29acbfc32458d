// The product as its users start it, on a directory of its own, with what a test wants to find in it.
import { encodeDeadLetter } from '../../schemas/dead-letter.ts'
import { openDataDirectory } from '../../services/adapters/data-directory.ts'
import { openEmbeddedLog } from '../../services/adapters/log/embedded/embedded-log.ts'
import { temporaryDirectory } from '../../services/adapters/temporary-directory.ts'
import { encodedEvent } from '../../services/dead-letters/fixture.ts'
import type { Event } from '../../services/model/event.ts'
import { systemClock } from '../../services/runtime/system-clock.ts'
import { StandaloneChild } from '../../services/standalone/child.ts'

const PARTITIONS = 4
const ENVIRONMENT = { FLUSH_INTERVAL_MS: '100' }
const NO_LIMIT = { ageMs: Number.MAX_SAFE_INTEGER, bytesMax: Number.MAX_SAFE_INTEGER }

export type Product = AsyncDisposable & { readonly url: string }

/** `dead` are events that were put aside as dead letters, though they can be read today. */
export async function startProduct(
  environment: Readonly<Record<string, string>> = {},
  dead: readonly Event[] = [],
): Promise<Product> {
  const directory = await temporaryDirectory()
  if (dead.length > 0) await putAside(directory.path, dead)
  const child = new StandaloneChild({ ...ENVIRONMENT, ...environment, DATA_DIR: directory.path })
  return {
    url: await child.url(),
    async [Symbol.asyncDispose]() {
      await child.kill('SIGTERM')
      await directory[Symbol.asyncDispose]()
    },
  }
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
