// How every process of the product lives: it starts or says why not, prints one line when it is ready, and on SIGTERM
// or SIGINT stops in order.
import { Fault } from './fault.ts'

export type Running = {
  /** Where it listens. */
  readonly url: string
  /** Takes no more work, finishes what it has taken, and closes. */
  stop(): Promise<void>
}

/**
 * Runs until it is told to stop. `start` hears through its signal when that happens before it is ready; what it throws
 * is told in words where a person can mend it.
 */
export async function run(start: (signal: AbortSignal) => Promise<Running>): Promise<void> {
  const stopping = new AbortController()
  const told = new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        stopping.abort()
        resolve()
      })
    }
  })
  let running: Running
  try {
    running = await start(stopping.signal)
  } catch (error) {
    if (stopping.signal.aborted) process.exit(0) // told to stop before it was ready
    fail(error)
  }
  if (!stopping.signal.aborted) console.log(`ready ${running.url}`)
  await told
  await running.stop().catch(fail)
  process.exit(0)
}

function fail(error: unknown): never {
  const expected = error instanceof Fault || (error instanceof Error && 'code' in error)
  console.error(expected ? `tally: ${(error as Error).message}` : error)
  process.exit(1)
}
