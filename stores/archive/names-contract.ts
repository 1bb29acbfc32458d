// What every form of the archive must do with any name, as tests: names are returned unchanged, and names that look
// alike are kept apart.
import assert from 'node:assert/strict'
import { checkNames } from '../../testing/arbitrary-name.ts'
import {
  batchOf,
  DAY,
  eventOf,
  questionOf,
  readRecount,
  viewerSha256,
} from '../../testing/archive-fixture.ts'
import type { Archive, ArchiveKeeper } from './archive.ts'

type KeptArchive = Archive & Omit<ArchiveKeeper, 'exportRaw'>
type Test = (title: string, run: (archive: KeptArchive) => Promise<void>) => void

const RUNS = 8

export function archiveNames(test: Test): void {
  test('gives names back as they went in, before and after merging', async (archive) => {
    await checkNames(async (tenant, names) => {
      const events = names.map((videoId, i) => eventOf({ tenant, videoId, viewerId: videoId, offset: i }))
      for (const some of [events.filter((_, i) => i % 2 === 0), events.filter((_, i) => i % 2 === 1)]) {
        if (some.length > 0) await archive.store(batchOf(tenant, 'events', some))
      }
      assert.deepEqual(await counted(archive, tenant), names.toSorted())
      await archive.compact(DAY + 60)
      assert.deepEqual(await counted(archive, tenant), names.toSorted())
    }, RUNS)
  })

  test('removes the video and forgets the viewer that it is told, and none that look alike', async (archive) => {
    await checkNames(async (tenant, names) => {
      const events = names.map((videoId, i) => eventOf({ tenant, videoId, viewerId: videoId, offset: i }))
      await archive.store(batchOf(tenant, 'events', events))
      const [first, ...rest] = names
      assert.equal(await archive.forgetViewer(tenant, viewerSha256(first!)), 1)
      assert.deepEqual(await archive.removeVideo(tenant, first!, DAY + 60), { events: 1, hours: [DAY] })
      assert.deepEqual(await counted(archive, tenant), rest.toSorted())
    }, RUNS)
  })
}

async function counted(archive: Archive, tenant: string): Promise<string[]> {
  const { buckets } = await readRecount(archive, questionOf([DAY]))
  const own = buckets.filter(({ bucket }) => bucket.tenant === tenant)
  assert.ok(own.every(({ all }) => all.count === 1))
  return own.map(({ bucket }) => bucket.videoId).sort()
}
