// What `@tally/sdk` exports: the client, which sends and reads. Beside it stands all of `./read`.
export { type Client, type ClientOptions, createClient } from './client.ts'
export type { UnresolvedEvent } from './errors.ts'
export type { Rejection, RejectionCode, TallyEvent } from './event.ts'
export type { ProcessOptions, ProcessResult } from './process-events.ts'
export * from './read.ts'
export { retryDelayMs } from './retry.ts'
