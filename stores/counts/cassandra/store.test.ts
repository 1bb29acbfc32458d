import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Client, errors, types } from 'cassandra-driver'
import { Store } from './store.ts'

const { consistencies, responseErrorCodes: codes } = types

/** A cluster that answers at `answered` consistencies, and fails at the others. */
function storeThat(answered: readonly number[], code: number) {
  const asked: number[] = []
  const execute = async (_query: string, _params: unknown[], { consistency }: { consistency: number }) => {
    asked.push(consistency)
    if (!answered.includes(consistency)) throw new errors.ResponseError(code, 'why')
    return { rows: [{ at: consistency }], pageState: null }
  }
  return { store: new Store({ execute } as unknown as Client), asked }
}

test('a query that a quorum answers is not stale', async () => {
  const { store } = storeThat([consistencies.localQuorum], codes.invalid)
  const rows = [{ at: consistencies.localQuorum }]
  assert.deepEqual(await store.query('', []), { rows, stale: false })
})

for (const name of ['unavailableException', 'readTimeout', 'overloaded'] as const) {
  test(`a query that ends in ${name} is answered by one replica, and stale`, async () => {
    const { store } = storeThat([consistencies.localOne], codes[name])
    const rows = [{ at: consistencies.localOne }]
    assert.deepEqual(await store.query('', []), { rows, stale: true })
  })
}

test('a query that is refused is not asked again', async () => {
  const { store, asked } = storeThat([consistencies.localOne], codes.invalid)
  await assert.rejects(store.query('', []), { code: 'refused' })
  assert.deepEqual(asked, [consistencies.localQuorum])
})

test('what an owner reads has no second choice', async () => {
  const { store, asked } = storeThat([consistencies.localOne], codes.unavailableException)
  await assert.rejects(store.read('', []), { code: 'unavailable' })
  assert.deepEqual(asked, [consistencies.quorum])
})
