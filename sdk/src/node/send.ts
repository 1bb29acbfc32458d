// What `@tally/sdk/send` is on Node: the same, with requests over node:http.
import { createSender as createSenderOn } from '../sender.ts'
import { nodeRuntime } from './runtime.ts'

export * from '../send.ts'

export const createSender: typeof createSenderOn = (options, runtime = nodeRuntime) =>
  createSenderOn(options, runtime)
