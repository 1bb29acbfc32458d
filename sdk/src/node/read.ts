// What `@tally/sdk/read` is on Node: the same, with requests over node:http.
import { createReader as createReaderOn } from '../reader.ts'
import { nodeRuntime } from './runtime.ts'

export * from '../read.ts'

export const createReader: typeof createReaderOn = (options, runtime = nodeRuntime) =>
  createReaderOn(options, runtime)
