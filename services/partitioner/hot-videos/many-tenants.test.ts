// A hundred tenants, each with a hot video of the same name among many cold ones: memory does not grow with them.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Layout } from '../../../model/layout.ts'
import { layoutKey } from '../../../model/route.ts'
import { validateLayouts } from '../../../model/validate-layouts.ts'
import { withChange } from '../../../stores/layouts/layout-changes.ts'
import { toJson } from '../../../stores/layouts/layout-form.ts'
import { ratesText, VIDEOS_SHARED_MAX } from '../../../stores/rates/rates.ts'
import { FrequentVideos } from './frequent-videos.ts'
import { AUTOMATIC_SPLITS_MAX, decide } from './split-policy.ts'

const FIRST: Layout = { version: 1, fromMinute: 0, partitions: 64, splits: new Map(), dedicated: new Map() }
const VIDEOS_MAX = 2_048
const SECONDS = 10
const HOT_EVENTS = 5_000
const COLD_VIDEOS = 500

function splitsOf(tenants: number): { splits: ReadonlyMap<string, number>; layoutBytes: number } {
  const frequent = new FrequentVideos()
  for (let video = 0; video < COLD_VIDEOS; video++)
    for (let tenant = 0; tenant < tenants; tenant++) frequent.add(layoutKey(`t${tenant}`, `v${video}`), 2)
  for (let round = 0; round < HOT_EVENTS / 50; round++)
    for (let tenant = 0; tenant < tenants; tenant++) frequent.add(layoutKey(`t${tenant}`, 'hot'), 50)
  assert.ok(frequent.size <= VIDEOS_MAX, `${frequent.size} videos are remembered`)
  const videos = new Map(Array.from(frequent.atMost(), ([video, events]) => [video, events / SECONDS]))
  const rates = { total: frequent.events / SECONDS, videos }
  assert.ok(ratesText(rates, 0).length < VIDEOS_SHARED_MAX * 64)
  const { automatic } = decide(new Map(), rates, FIRST, { eventsPerSecond: 400 }, 1)
  const next = withChange(FIRST, { act: 'balance', automatic: automatic! }, { version: 2, fromMinute: 3 })
  assert.deepEqual(validateLayouts([FIRST, next]), [])
  return { splits: next.splits, layoutBytes: JSON.stringify(toJson(next)).length }
}

test('the hot video of each of a hundred tenants is split, and no other', () => {
  const { splits, layoutBytes } = splitsOf(100)
  assert.equal(splits.size, 100)
  for (let tenant = 0; tenant < 100; tenant++) assert.ok(splits.get(`t${tenant}/hot`)! >= 2, `t${tenant}`)
  assert.ok(layoutBytes < 16_384, `${layoutBytes} bytes`)
})

test('with more tenants than splits, memory and layouts stay as large', () => {
  const { splits, layoutBytes } = splitsOf(400)
  assert.ok(splits.size <= AUTOMATIC_SPLITS_MAX)
  assert.ok(layoutBytes < 16_384, `${layoutBytes} bytes`)
})
