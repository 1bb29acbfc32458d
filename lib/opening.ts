// What is given to whatever opens something for a process. What was opened goes onto the stack, which closes it in
// reverse: when the process stops, and where its start fails half-way.
import type { FastifyBaseLogger } from 'fastify'
import type { Clock } from './clock.ts'
import type { OnRetry } from './logging.ts'

export type Opening = {
  /** Names the process to the servers that it uses. */
  readonly name: string
  readonly stack: AsyncDisposableStack
  readonly clock: Clock
  readonly logger: FastifyBaseLogger
  readonly onRetry: OnRetry
  /** Ends the waiting for servers: the process is to stop before it is ready. */
  readonly signal: AbortSignal
}

/** Runs until the stack closes, which then waits until it has ended. */
export function inBackground(
  { stack }: Pick<Opening, 'stack'>,
  run: (signal: AbortSignal) => Promise<void>,
): void {
  const stopping = new AbortController()
  const running = run(stopping.signal)
  stack.defer(() => {
    stopping.abort()
    return running
  })
}
