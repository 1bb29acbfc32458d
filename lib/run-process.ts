// The life of every process of the product: it starts or says why it cannot, prints `ready` and its address, and
// stops in order on SIGTERM or SIGINT.
import { Fault } from './fault.ts'

export type Running = {
  /** Where it listens. */
  readonly url: string
  /** Lines for whoever started it at a terminal: what to do next. */
  readonly hints?: readonly string[]
  /** Takes no more work, finishes what it has taken, and closes. */
  stop(): Promise<void>
}

/**
 * Runs until SIGTERM or SIGINT. If that happens before it is ready, `start` learns it through its signal. Errors that
 * an operator can fix are printed as plain text.
 */
export async function run(start: (signal: AbortSignal) => Promise<Running>): Promise<void> {
  const stopping = new AbortController()
  const stopped = new Promise<void>((resolve) => {
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
    if (stopping.signal.aborted) process.exit(0) // stopped before it was ready
    fail(error)
  }
  if (!stopping.signal.aborted) console.log([`ready ${running.url}`, ...(running.hints ?? [])].join('\n'))
  await stopped
  if (process.stderr.isTTY) console.error('stopping …')
  await running.stop().catch(fail)
  process.exit(0)
}

function fail(error: unknown): never {
  const expected = error instanceof Fault || (error instanceof Error && 'code' in error)
  console.error(expected ? `tally: ${(error as Error).message}` : error)
  process.exit(1)
}
