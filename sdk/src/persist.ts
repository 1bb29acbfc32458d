// What `@tally/sdk/persist` exports: where a page's pending events outlive it. Node's is `@tally/sdk/spool`.
export { createPageStore, type PageStoreOptions } from './persist/page-store.ts'
