import assert from 'node:assert/strict'
import { test } from 'node:test'
import { murmur3x86_32 } from '../model/murmur3.ts'
import { videosHashedTo } from './hostile-names.ts'

function hash32(tenant: string, videoId: string): number {
  const bytes = Buffer.from([
    2 * tenant.length,
    ...Buffer.from(tenant),
    2 * videoId.length,
    ...Buffer.from(videoId),
  ])
  return murmur3x86_32(bytes, 0, bytes.length, 0)
}

test('the videos of any tenant have the public hash that is wanted', () => {
  const hash = hash32('alice', 'launch-film')
  for (const tenant of ['', 'b', 'bo', 'bob', 'bobby']) {
    const videos = videosHashedTo(hash, tenant, 5)
    assert.equal(new Set(videos).size, 5)
    for (const videoId of videos) assert.equal(hash32(tenant, videoId), hash, videoId)
  }
})
