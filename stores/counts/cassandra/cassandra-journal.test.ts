import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Client, errors, types } from 'cassandra-driver'
import { ManualClock } from '../../../testing/manual-clock.ts'
import { CassandraJournal } from './cassandra-journal.ts'

const { consistencies, responseErrorCodes: codes } = types

/** Of the three replicas one is left, and it may lack what was noted last. */
const oneReplica = {
  async execute(_query: string, _params: unknown[], { consistency }: { consistency: number }) {
    if (consistency === consistencies.localOne) return { rows: [], pageState: null }
    throw new errors.ResponseError(codes.unavailableException, 'why')
  },
} as unknown as Client

test('what one replica has not heard of is not told as never noted', async () => {
  const journal = new CassandraJournal(oneReplica, new ManualClock())
  await assert.rejects(journal.latest('imports', 8), { code: 'unavailable' })
  await assert.rejects(journal.find('privacy', 'a'), { code: 'unavailable' })
})
