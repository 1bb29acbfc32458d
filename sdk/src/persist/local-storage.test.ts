import assert from 'node:assert/strict'
import { test } from 'node:test'
import { keepEvents } from './kept-events.ts'
import { LOCAL_STORAGE_BYTES_MAX, openLocalStorage } from './local-storage.ts'
import { deadKeys } from './owners.ts'

const ROOM = { events: 1_000, bytes: 1_000_000 }

/** As browsers have it: its keys are properties. */
function memoryStorage(): Storage {
  const values: Record<string, string> = {}
  Object.defineProperties(values, {
    getItem: { value: (key: string) => values[key] ?? null },
    setItem: {
      value: (key: string, value: string) => {
        values[key] = value
      },
    },
    removeItem: { value: (key: string) => delete values[key] },
  })
  return values as unknown as Storage
}

/** A page, among those that live; null where there are no locks to see that by. */
function openPage(storage: Storage, owner: string, living: readonly string[] | null, errors: unknown[] = []) {
  const owners = { living: async () => (living === null ? null : new Set(living)), leave: () => {} }
  const shelf = openLocalStorage('tally', deadKeys(owners, owner), storage)
  return keepEvents(Promise.resolve(shelf), owner, (error) => errors.push(error))
}

const jsons = (events: readonly { readonly json: string }[]) => events.map(({ json }) => json)

test('a page takes over what pages left that are gone, in order, and nothing of those that live', async () => {
  const storage = memoryStorage()
  const [gone, alive] = [openPage(storage, 'gone', []), openPage(storage, 'alive', [])]
  for (const json of ['1', '2', '3']) gone.keep(json)
  alive.keep('4')
  await gone.close()
  await alive.close()
  const next = openPage(storage, 'next', ['alive', 'next'])
  assert.deepEqual(jsons(await next.reclaim({ events: 2, bytes: 100 })), ['1', '2'])
  assert.deepEqual(jsons(await next.reclaim(ROOM)), ['3'])
  assert.deepEqual(jsons(await next.reclaim(ROOM)), [])
  assert.equal(Object.keys(storage).length, 4, 'until they are forgotten')
})

test('without locks a page looks only once, at its start', async () => {
  const storage = memoryStorage()
  const other = openPage(storage, 'other', null)
  other.keep('1')
  await other.close()
  const page = openPage(storage, 'page', null)
  assert.deepEqual(jsons(await page.reclaim(ROOM)), ['1'])
  other.keep('2')
  await other.close()
  assert.deepEqual(await page.reclaim(ROOM), [])
})

test('what is beyond the bound is told, and what was kept stays', async () => {
  const storage = memoryStorage()
  const errors: unknown[] = []
  const page = openPage(storage, 'page', [], errors)
  page.keep('x'.repeat(1_000))
  await page.close()
  page.keep('x'.repeat(LOCAL_STORAGE_BYTES_MAX / 2))
  await page.close()
  assert.equal(errors.length, 1)
  assert.equal(Object.keys(storage).length, 1)
})

test('what is forgotten is gone', async () => {
  const storage = memoryStorage()
  const page = openPage(storage, 'page', [])
  const key = page.keep('1')
  await page.close()
  page.forget(key)
  await page.close()
  assert.deepEqual(Object.keys(storage), [])
})
