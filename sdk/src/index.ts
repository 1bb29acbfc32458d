// What `@tally/sdk` exports: the client, which sends and reads. Beside it stands all of `./read` and `./send`.
export { type Client, type ClientOptions, createClient } from './client.ts'
export type { UnresolvedEvent } from './errors.ts'
export type { ProcessOptions, ProcessResult } from './process-events.ts'
export * from './read.ts'
export { retryDelayMs } from './retry.ts'
export * from './send.ts'
