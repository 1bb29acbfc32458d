// One command at a time works on a directory. The lock is a socket name of the kernel's (abstract, unix(7)), which
// the kernel frees when its holder ends, however it ends: there are no stale locks.
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { InfraFault } from '../fault.ts'

const RETRY_MS = 100

/**
 * Runs `work` alone among all processes that name the same directory. Fails with `busy` after `waitMs`, and with the
 * reason of `signal` where it is aborted before.
 */
export async function alone<T>(
  directory: string,
  waitMs: number,
  work: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const deadline = performance.now() + waitMs
  let lock = await tryLock(directory)
  while (lock === null) {
    if (performance.now() > deadline) {
      throw new InfraFault('busy', `Another command has been at work in ${directory} for ${waitMs} ms.`)
    }
    signal?.throwIfAborted()
    await sleep(RETRY_MS)
    lock = await tryLock(directory)
  }
  try {
    return await work()
  } finally {
    lock.close()
    await once(lock, 'close')
  }
}

async function tryLock(directory: string) {
  const name = createHash('sha256').update(directory).digest('hex')
  const server = createServer((socket) => socket.destroy())
  try {
    server.listen(`\0tally-infra-${name}`)
    await once(server, 'listening')
    server.unref() // the work decides how long the program lives
    return server
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EADDRINUSE') return null
    throw error
  }
}
