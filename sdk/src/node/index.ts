// What `@tally/sdk` is on Node: the same, with requests over node:http.
import { createClient as createClientOn } from '../client.ts'
import { nodeRuntime } from './runtime.ts'

export * from '../index.ts'
export { createReader } from './read.ts'
export { createSender } from './send.ts'

export const createClient: typeof createClientOn = (options, runtime = nodeRuntime) =>
  createClientOn(options, runtime)
