// What each service must be allowed to do, and nothing more: what an operator grants, and what tests run with.
// docs/security.md has the same as a table.

export type Rights = {
  /** Operation, kind and name, with the default prefix and groups; a name that ends with * is a prefix. */
  readonly kafka: readonly string[]
  /** Permission, and what it is on: the keyspace, or a table of it. */
  readonly cassandra: readonly string[]
  /** Rules of an ACL user; null: the service needs no Redis. */
  readonly redis: string | null
}

/** Every key and channel begins with `tally:`. INFO tells a client whether Redis has loaded. */
const REDIS =
  '~tally:* &tally:* -@all +@read +@write +@scripting +@pubsub +@connection +@transaction -@dangerous +info'

export const RIGHTS = {
  partitioner: {
    kafka: [
      'READ topic tally.*',
      'WRITE topic tally.events*',
      'WRITE topic tally.meta',
      'WRITE topic tally.watermarks',
    ],
    cassandra: [],
    redis: REDIS,
  },
  processing: {
    kafka: [
      'READ topic tally.*',
      'WRITE topic tally.events-*',
      'WRITE topic tally.meta',
      'READ group tally-processing*',
    ],
    cassandra: ['SELECT keyspace', 'MODIFY keyspace'],
    redis: REDIS,
  },
  query: {
    kafka: [
      'READ topic tally.*',
      'WRITE topic tally.events*',
      'WRITE topic tally.meta',
      'WRITE topic tally.videos',
    ],
    cassandra: [
      'SELECT keyspace',
      'MODIFY journal',
      'MODIFY journal_months',
      'MODIFY journal_keys',
      'MODIFY titles',
      'MODIFY title_index',
      'MODIFY title_notes',
      'MODIFY title_progress',
    ],
    redis: REDIS,
  },
  reconciler: {
    kafka: [
      'READ topic tally.*',
      'WRITE topic tally.meta',
      'WRITE topic tally.videos',
      'READ group tally-archive*',
    ],
    cassandra: ['SELECT keyspace', 'MODIFY keyspace'],
    redis: REDIS,
  },
  /** `npm run topics`, and `npm run watermarks`. */
  topics: {
    kafka: [
      'CREATE topic tally.*',
      'ALTER topic tally.*',
      'READ topic tally.*',
      'WRITE topic tally.meta',
      'WRITE topic tally.watermarks',
    ],
    cassandra: [],
    redis: null,
  },
  /** `npm run migrate`, which also makes the keyspace. */
  migrate: {
    kafka: [],
    cassandra: ['CREATE keyspace', 'ALTER keyspace', 'SELECT keyspace', 'MODIFY keyspace'],
    redis: null,
  },
} as const satisfies Record<string, Rights>
