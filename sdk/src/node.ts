// What `@tally/sdk/node` exports, for Node alone: what its fetch can do and others cannot.
export { createNodeFetch, type NodeFetchOptions } from './node/http-fetch.ts'
