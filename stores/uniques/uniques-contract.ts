// What every form of the sketches must do, as tests. A form opens itself empty.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { HyperLogLog } from '../../model/hyper-log-log.ts'
import type { HourSketch } from '../../model/viewer-sketches.ts'
import { checkNames } from '../../testing/arbitrary-name.ts'
import type { Uniques } from './uniques.ts'

export type UniquesUnderTest = { readonly uniques: Uniques; close(): Promise<void> }

/** 2023-11-13T00:00Z, in minutes; two days before the middle of a month. */
const DAY = 28_330_560

export function uniquesContract(name: string, open: () => Promise<UniquesUnderTest>): void {
  const test = (title: string, run: (uniques: Uniques) => Promise<void>) =>
    it(title, async () => {
      const { uniques, close } = await open()
      try {
        await run(uniques)
      } finally {
        await close()
      }
    })

  describe(name, () => {
    test('hold the viewers of hours, by tenant and video', async (uniques) => {
      await uniques.merge([
        sketchAt(DAY, ['a', 'b']),
        sketchAt(DAY + 60, ['b', 'c']),
        { ...sketchAt(DAY, ['x']), videoId: 'w' },
        { ...sketchAt(DAY, ['y', 'z', 'u']), tenant: 't' },
      ])
      const estimates = [
        estimate(uniques, DAY, DAY + 60),
        estimate(uniques, DAY, DAY + 120),
        estimate(uniques, DAY - 60, DAY),
        estimate(uniques, DAY, DAY),
        estimate(uniques, DAY, DAY + 60, 't'),
        estimate(uniques, DAY, DAY + 60, '', 'w'),
      ]
      assert.deepEqual(await Promise.all(estimates), [2, 3, 0, 0, 3, 1])
    })

    test('keep videos apart, whatever they are called', async (uniques) => {
      await checkNames(async (tenant, names) => {
        const viewers = (i: number) => [`viewer ${i}`]
        await uniques.merge(names.map((videoId, i) => ({ ...sketchAt(DAY, viewers(i)), tenant, videoId })))
        for (const [i, videoId] of names.entries()) {
          const { sketch } = await uniques.read(tenant, videoId, DAY, DAY + 60)
          assert.deepEqual(sketch.encode(), HyperLogLog.of(viewers(i)).encode())
        }
      })
    })

    test('take nothing back, whatever is merged at once, late or again', async (uniques) => {
      const parts = Array.from({ length: 20 }, (_, i) => [`v${i}`, `v${i + 1}`, `v${(i * 7) % 20}`])
      await Promise.all(parts.map((viewers) => uniques.merge([sketchAt(DAY, viewers)])))
      await uniques.merge([sketchAt(DAY, ['v3']), sketchAt(DAY, ['v3', 'v4'])])
      await uniques.merge([])
      const { sketch } = await uniques.read('', 'v', DAY, DAY + 60)
      assert.deepEqual(sketch.encode(), HyperLogLog.of(parts.flat()).encode())
    })

    test('hold dense sketches', async (uniques) => {
      const viewers = Array.from({ length: 20_000 }, (_, i) => `viewer-${i}`)
      await uniques.merge([sketchAt(DAY, viewers.slice(0, 15_000)), sketchAt(DAY + 60, viewers.slice(5_000))])
      const { sketch } = await uniques.read('', 'v', DAY, DAY + 1_440)
      assert.deepEqual(sketch.encode(), HyperLogLog.of(viewers).encode())
    })

    test('are the union of the hours of any range', async (uniques) => {
      const hours = new Map<number, HyperLogLog>()
      const hour = fc.integer({ min: -30, max: 800 }).map((n) => DAY + n * 60)
      const viewers = fc.array(fc.integer({ min: 0, max: 400 }).map(String), { maxLength: 30 })
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(hour, viewers), { maxLength: 4 }),
          hour,
          hour,
          async (some, a, b) => {
            await uniques.merge(some.map(([at, seen]) => sketchAt(at, seen)))
            for (const { hour: at, sketch } of some.map(([at, seen]) => sketchAt(at, seen))) {
              const held = hours.get(at) ?? new HyperLogLog()
              held.merge(sketch)
              hours.set(at, held)
            }
            const [from, to] = [Math.min(a, b), Math.max(a, b)]
            const expected = new HyperLogLog()
            for (const [at, sketch] of hours) if (at >= from && at < to) expected.merge(sketch)
            assert.deepEqual((await uniques.read('', 'v', from, to)).sketch.encode(), expected.encode())
          },
        ),
        { numRuns: 40 },
      )
    })
  })
}

function sketchAt(hour: number, viewers: readonly string[]): HourSketch {
  return { tenant: '', videoId: 'v', hour, sketch: HyperLogLog.of(viewers) }
}

async function estimate(uniques: Uniques, from: number, to: number, tenant = '', videoId = 'v') {
  return (await uniques.read(tenant, videoId, from, to)).sketch.estimate()
}
