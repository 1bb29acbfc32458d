// What every form of the shared cache must do, as tests. A form opens itself empty.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkNames } from '../../testing/arbitrary-name.ts'
import type { SharedCache } from './cache.ts'

export type CacheUnderTest = {
  readonly cache: SharedCache
  /** Loses everything that is cached. */
  clear(): Promise<void>
  close(): Promise<void>
}

const TTL_MS = 60_000
const VALUE = Uint8Array.of(0, 1, 0xff, 0x0d, 0x0a, 0x80)

export function cacheContract(name: string, open: () => Promise<CacheUnderTest>): void {
  const test = (title: string, run: (under: CacheUnderTest) => Promise<void>) =>
    it(title, async () => {
      const under = await open()
      try {
        await run(under)
      } finally {
        await under.close()
      }
    })
  const check = async (cache: SharedCache, group: string, key: string, expected: Uint8Array | null) => {
    const { value } = await cache.read(group, key)
    assert.deepEqual(value && Uint8Array.from(value), expected)
  }
  const keep = async (cache: SharedCache, group: string, key: string) => {
    const { mark } = await cache.read(group, key)
    await cache.write(group, key, mark, VALUE, TTL_MS)
    return mark
  }

  describe(name, () => {
    test('gives back what was written under the mark', async ({ cache }) => {
      await check(cache, 'g', 'k', null)
      await keep(cache, 'g', 'k')
      await check(cache, 'g', 'k', VALUE)
    })

    test('keeps keys and groups apart', async ({ cache }) => {
      await keep(cache, 'g', 'k')
      for (const [group, key] of [
        ['g', 'k2'],
        ['g2', 'k'],
        ['g\tk', ''],
        ['', 'g'],
      ] as const) {
        await check(cache, group, key, null)
      }
    })

    test('takes any text for a group', async ({ cache }) => {
      for (const group of ['', '}', '{}', 'ü{x}\t\u{1f600}']) {
        await keep(cache, group, 'k')
        await check(cache, group, 'k', VALUE)
      }
    })

    test('keeps groups and keys apart, whatever they are called', async ({ cache }) => {
      await checkNames(async (tenant, names) => {
        const bytesOf = (name: string) => Buffer.from(name)
        for (const name of names) {
          const { mark } = await cache.read(`${tenant}${name}`, name)
          await cache.write(`${tenant}${name}`, name, mark, bytesOf(name), TTL_MS)
        }
        for (const name of names) {
          await check(cache, `${tenant}${name}`, name, Uint8Array.from(bytesOf(name)))
        }
      })
    })

    test('forgets the whole group, and no other, once it is invalidated', async ({ cache }) => {
      for (const [group, key] of [
        ['g', 'a'],
        ['g', 'b'],
        ['h', 'a'],
      ] as const)
        await keep(cache, group, key)
      await cache.invalidate('g')
      await check(cache, 'g', 'a', null)
      await check(cache, 'g', 'b', null)
      await check(cache, 'h', 'a', VALUE)
    })

    test('never shows a value that was computed before an invalidation', async ({ cache }) => {
      const { mark } = await cache.read('g', 'k')
      await cache.invalidate('g')
      await cache.write('g', 'k', mark, VALUE, TTL_MS)
      await check(cache, 'g', 'k', null)
    })

    test('nor after everything was lost in between', async ({ cache, clear }) => {
      const { mark } = await cache.read('g', 'k')
      await cache.invalidate('g')
      await clear()
      await cache.write('g', 'k', mark, VALUE, TTL_MS)
      await check(cache, 'g', 'k', null)
    })

    test('goes on after everything was lost', async ({ cache, clear }) => {
      await keep(cache, 'g', 'k')
      await clear()
      await check(cache, 'g', 'k', null)
      await keep(cache, 'g', 'k')
      await check(cache, 'g', 'k', VALUE)
    })
  })
}
