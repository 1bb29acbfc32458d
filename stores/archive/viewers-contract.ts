// What every form of the archive must tell of the viewers that raw events name, as tests.
import assert from 'node:assert/strict'
import { HyperLogLog } from '../../model/hyper-log-log.ts'
import { atMinute, batchOf, DAY, eventOf, viewerSha256 } from '../../testing/archive-fixture.ts'
import type { Archive, ArchiveKeeper } from './archive.ts'

type KeptArchive = Archive & Omit<ArchiveKeeper, 'exportRaw'>
type Test = (title: string, run: (archive: KeptArchive) => Promise<void>) => void

export function viewers(test: Test): void {
  const some = [
    eventOf({ id: 'a', offset: 0, viewerId: "o'x" }),
    eventOf({ id: 'b', offset: 1, viewerId: "o'x", tenant: 't' }),
    eventOf({ id: 'c', offset: 2, viewerId: 'other' }),
    atMinute(DAY + 60, { id: 'd', offset: 3, viewerId: "o'x", videoId: "v'2" }),
  ]

  test('tells the viewers of an hour, each once for a video, without those that are forgotten', async (archive) => {
    assert.deepEqual(await viewersIn(archive, DAY), [])
    await archive.store(batchOf('a-0', 'events', some))
    await archive.store(batchOf('b-0', 'events-late', some))
    await archive.store(batchOf('i', 'import', [eventOf({ id: 'i', viewerId: 'third', logTimeMs: 0 })]))
    const first = { tenant: '', videoId: 'v1', viewers: ["o'x", 'other', 'third'] }
    const ofTenant = { tenant: 't', videoId: 'v1', viewers: ["o'x"] }
    assert.deepEqual(await viewersIn(archive, DAY), [first, ofTenant].map(sketched))
    const second = { tenant: '', videoId: "v'2", viewers: ["o'x"] }
    assert.deepEqual(await viewersIn(archive, DAY + 60), [sketched(second)])
    await archive.forgetViewer('', viewerSha256("o'x"))
    assert.deepEqual(await viewersIn(archive, DAY + 60), [])
    const left = { ...first, viewers: ['other', 'third'] }
    assert.deepEqual(await viewersIn(archive, DAY), [left, ofTenant].map(sketched))
  })

  test('tells the viewers of many videos in lists of bounded size', async (archive) => {
    const events = Array.from({ length: 600 }, (_, i) =>
      eventOf({ id: `e${i}`, videoId: `v${i % 300}`, viewerId: `u${i}`, offset: i }),
    )
    await archive.store(batchOf('a-0', 'events', events))
    const found = await viewersIn(archive, DAY)
    assert.equal(found.length, 300)
    assert.ok(
      found.every(({ videoId, ranks }) => {
        const i = Number(videoId.slice(1))
        return ranks === sketched({ tenant: '', videoId, viewers: [`u${i}`, `u${i + 300}`] }).ranks
      }),
    )
  })
}

type Sketched = { readonly tenant: string; readonly videoId: string; readonly ranks: string }

function sketched({ viewers, ...video }: Omit<Sketched, 'ranks'> & { readonly viewers: readonly string[] }) {
  return { ...video, ranks: Buffer.from(HyperLogLog.of(viewers).encode()).toString('hex') }
}

async function viewersIn(archive: KeptArchive, hour: number): Promise<Sketched[]> {
  const found: Sketched[] = []
  for await (const lot of archive.viewers(hour)) {
    for (const { tenant, videoId, hour: ofHour, sketch } of lot) {
      assert.equal(ofHour, hour)
      found.push({ tenant, videoId, ranks: Buffer.from(sketch.encode()).toString('hex') })
    }
  }
  const keyOf = ({ tenant, videoId }: Sketched) => JSON.stringify([tenant, videoId])
  return found.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
}
