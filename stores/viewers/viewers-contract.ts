// What every form of the viewers must do, as tests. A form opens itself empty, on the clock that it is given.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Clock } from '../../lib/clock.ts'
import { checkNames } from '../../testing/arbitrary-name.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { VIEWER_POINT_MS, VIEWER_POINTS, type Viewers } from './viewers.ts'

export type ViewersUnderTest = { readonly viewers: Viewers; close(): Promise<void> }

export function viewersContract(name: string, open: (clock: Clock) => Promise<ViewersUnderTest>): void {
  const test = (title: string, run: (viewers: Viewers, clock: ManualClock) => Promise<void>) =>
    it(title, async () => {
      const clock = new ManualClock()
      const { viewers, close } = await open(clock)
      try {
        await run(viewers, clock)
      } finally {
        await close()
      }
    })

  describe(name, () => {
    test('count each viewer once', async (viewers) => {
      for (const id of ['a', 'b', 'a', 'c', 'a']) await viewers.beat('', 'v', id)
      assert.equal(await viewers.count('', 'v'), 3)
    })

    test('keep videos and tenants apart', async (viewers) => {
      await viewers.beat('', 'v', 'a')
      await viewers.beat('t', 'v', 'b')
      await viewers.beat('t', 'v', 'c')
      const counts = [viewers.count('', 'v'), viewers.count('t', 'v'), viewers.count('', 'w')]
      assert.deepEqual(await Promise.all(counts), [1, 2, 0])
    })

    test('count who watches several videos once among all, and tenants apart', async (viewers, clock) => {
      await viewers.beat('', 'v', 'a')
      await viewers.beat('', 'w', 'a')
      await viewers.beat('', 'w', 'b')
      await viewers.beat('t', 'v', 'c')
      const all = () => Promise.all([viewers.countAll(''), viewers.countAll('t'), viewers.countAll('u')])
      assert.deepEqual(await all(), [2, 1, 0])
      clock.advance(VIEWER_POINTS * VIEWER_POINT_MS)
      assert.deepEqual(await all(), [0, 0, 0])
    })

    test('keep videos apart, whatever they are called', async (viewers) => {
      await checkNames(async (tenant, names) => {
        for (const [i, videoId] of names.entries()) {
          for (let viewer = 0; viewer <= i % 3; viewer++) await viewers.beat(tenant, videoId, `${viewer}`)
        }
        for (const [i, videoId] of names.entries()) {
          assert.equal(await viewers.count(tenant, videoId), (i % 3) + 1)
        }
      })
    })

    test('are there until their last point is over', async (viewers, clock) => {
      await viewers.beat('', 'v', 'stays')
      await viewers.beat('', 'v', 'goes')
      for (let point = 1; point < VIEWER_POINTS; point++) {
        clock.advance(VIEWER_POINT_MS)
        await viewers.beat('', 'v', 'stays')
        assert.equal(await viewers.count('', 'v'), 2)
      }
      clock.advance(VIEWER_POINT_MS)
      assert.equal(await viewers.count('', 'v'), 1)
      clock.advance(VIEWER_POINTS * VIEWER_POINT_MS)
      assert.equal(await viewers.count('', 'v'), 0)
    })

    test('are about as many as they are', async (viewers) => {
      for (let i = 0; i < 2_000; i++) await viewers.beat('', 'v', `viewer-${i}`)
      const count = await viewers.count('', 'v')
      assert.ok(Math.abs(count - 2_000) < 150, `${count} of 2,000`)
    })
  })
}
