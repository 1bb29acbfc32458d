// What every store of hint blocks must do, as tests. A form opens itself empty.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { HintBlock, HintStore } from './hints.ts'

export type HintsUnderTest = { readonly hints: HintStore; close(): Promise<void> }

const SOURCE = 'inc-0'
const KEY_ID = '0123456789abcdef'

export function hintsContract(name: string, open: () => Promise<HintsUnderTest>): void {
  const test = (title: string, run: (hints: HintStore) => Promise<void>) =>
    it(title, async () => {
      const { hints, close } = await open()
      try {
        await run(hints)
      } finally {
        await close()
      }
    })
  const check = async (hints: HintStore, from: number, to: number, expected: readonly HintBlock[]) =>
    assert.deepEqual(await hints.read(SOURCE, from, to), expected)

  describe(name, () => {
    test('gives back what was put', async (hints) => {
      const block = { ...blockOf(3, 7), entries: Uint32Array.of(1, 2, 3, 4, 0xffff_ffff, 1, 5, 6, 7, 8) }
      await hints.put(SOURCE, block)
      await check(hints, 0, 100, [block])
    })

    test('says which key a block was made with', async (hints) => {
      const blocks = ['0000000000000000', 'fffffffffffffff0', '00000001deadbeef'].map((keyId, i) => {
        return { ...blockOf(i, i + 1), keyId }
      })
      for (const block of blocks) await hints.put(SOURCE, block)
      await check(hints, 0, 100, blocks)
    })

    test('gives back the blocks that overlap what is asked for, in order', async (hints) => {
      for (const at of [0, 10, 20, 30]) await hints.put(SOURCE, blockOf(at, at + 10))
      await check(hints, 10, 30, [blockOf(10, 20), blockOf(20, 30)])
      await check(hints, 19, 21, [blockOf(10, 20), blockOf(20, 30)])
      await check(hints, 40, 50, [])
    })

    test('gives back more blocks than a page holds', async (hints) => {
      const blocks = Array.from({ length: 150 }, (_, i) => blockOf(i, i + 1))
      for (const block of blocks) await hints.put(SOURCE, block)
      await check(hints, 0, 150, blocks)
      await check(hints, 100, 150, blocks.slice(100))
    })

    test('keeps sources apart', async (hints) => {
      await hints.put('inc-1', blockOf(0, 10))
      await check(hints, 0, 10, [])
    })

    test('still joins from start to end after a second owner has told of some of it again', async (hints) => {
      for (const at of [0, 10, 20, 30]) await hints.put(SOURCE, blockOf(at, at + 10))
      for (const at of [15, 25, 35, 45]) await hints.put(SOURCE, blockOf(at, at + 10))
      let next = 0
      for (const { from, to } of await hints.read(SOURCE, 0, 55)) {
        if (from <= next) next = Math.max(next, to)
      }
      assert.equal(next, 55)
    })
  })
}

export function blockOf(from: number, to: number): HintBlock {
  const logTimeMs = 1_700_000_000_000 + to
  return { keyId: KEY_ID, from, to, logTimeMs, entries: Uint32Array.of(28_332_000, from, to, 0, 1) }
}
