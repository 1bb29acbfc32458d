import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
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

test('each kind of request is made at its level, and a query that may miss writes is always stale', async () => {
  const { one, all, localOne } = consistencies
  const asked: number[] = []
  const execute = async (_query: string, _params: unknown[], options: { consistency: number }) => {
    asked.push(options.consistency)
    return { rows: [], pageState: null }
  }
  const promised = () => ({ isQueryFresh: false, fault: null })
  const levels = { write: 'ALL', hydrate: 'ONE', query: 'LOCAL_ONE', promised } as const
  const store = new Store({ execute } as unknown as Client, levels)
  await store.write([{ query: '', params: [] }])
  await store.read('', [])
  assert.deepEqual(await store.query('', []), { rows: [], stale: true })
  assert.deepEqual(asked, [all, one, localOne])
})

test('nothing is written or built upon while levels would lose counts, and questions are answered', async () => {
  const execute = async () => ({ rows: [], pageState: null })
  let fault: string | null = 'with datacenter1:2'
  const levels = { write: 'ONE', hydrate: 'ONE', query: 'ONE' } as const
  const promised = () => ({ isQueryFresh: fault === null, fault })
  const store = new Store({ execute } as unknown as Client, { ...levels, promised })
  const refused = { code: 'unavailable', message: 'with datacenter1:2' }
  await assert.rejects(store.write([{ query: '', params: [] }]), refused)
  await assert.rejects(store.read('', []), refused)
  await assert.rejects(async () => {
    for await (const _ of store.readPages('')) assert.fail('a page was read')
  }, refused)
  assert.deepEqual(await store.query('', []), { rows: [], stale: true })
  fault = null
  await store.write([{ query: '', params: [] }])
  assert.deepEqual(await store.read('', []), [])
})

/** A driver that waits for a node without end, as it does before it sends what is not prepared. */
const WAITING = { execute: () => new Promise(() => {}), batch: () => new Promise(() => {}) }
const ROW = { query: '', params: [] }

for (const [name, longestMs, ask] of [
  ['query', 4_500, (store: Store) => store.query('', [])],
  ['read', 8_000, (store: Store) => store.read('', [])],
  ['write', 12_000, (store: Store) => store.write([ROW])],
  ['batch', 12_000, (store: Store) => store.write([ROW, ROW])],
] as const) {
  test(`a ${name} ends in time, whatever the driver waits for`, async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] })
    const ended = assert.rejects(ask(new Store(WAITING as unknown as Client)), { code: 'timeout' })
    for (let ms = 0; ms < longestMs; ms += 500) {
      context.mock.timers.tick(500)
      await setImmediate()
    }
    await ended
  })
}

test('a page that takes too long is asked for again where it was, but not one that is refused', async () => {
  const asked: (string | undefined)[] = []
  const failures = [
    null,
    new errors.OperationTimedOutError('slow'),
    null,
    new errors.ResponseError(codes.invalid, ''),
  ]
  const execute = async (_query: string, _params: unknown[], { pageState }: { pageState?: string }) => {
    asked.push(pageState)
    const failure = failures.shift()
    if (failure) throw failure
    return { rows: [asked.length], pageState: `after ${asked.length}` }
  }
  const pages = new Store({ execute } as unknown as Client).readPages('')
  const read: unknown[] = []
  const ended = (async () => {
    for await (const page of pages) read.push(...page)
  })()
  await assert.rejects(ended, { code: 'refused' })
  assert.deepEqual(asked, [undefined, 'after 1', 'after 1', 'after 3'])
  assert.deepEqual(read, [1, 3])
})
