// What `@tally/sdk/spool` exports, for Node alone: where a process's pending events outlive it.
export { createSpool, type SpoolOptions } from './persist/spool.ts'
