import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ShareLinks, type Shown } from '../../../../lib/http/keys/share-links.ts'
import { CHANNEL_DEFAULTS, VIDEO_DEFAULTS } from '../route.ts'
import { SharedLink } from './shared-link.ts'

const links = new ShareLinks([Buffer.from('secret')])
const tokenOf = (shows: Shown) => links.sign({ tenant: 'acme', shows, expiresMs: 1_000 }, null)

describe('a link opens the page of what it shows', () => {
  for (const [shows, expected] of [
    [{ videoId: 'cats' }, { ...VIDEO_DEFAULTS, videoId: 'cats' }],
    [{ videoId: '猫 & ?#/..%2F' }, { ...VIDEO_DEFAULTS, videoId: '猫 & ?#/..%2F' }],
    [{ channelId: 'Tide Pool' }, { ...CHANNEL_DEFAULTS, channelId: 'Tide Pool' }],
  ] as const) {
    test(JSON.stringify(shows), () => {
      const link = SharedLink.of(`#/shared/${tokenOf(shows)}`)!
      assert.deepEqual(link.parse(''), expected)
      assert.equal(link.expiresMs, 1_000)
    })
  }
})

test('the rest of the address is the view, and stays behind the link', () => {
  const token = tokenOf({ videoId: 'cats' })
  const hash = `#/shared/${token}?range=7d&zone=Asia/Kolkata`
  const link = SharedLink.of(hash)!
  const route = link.parse(hash)
  assert.deepEqual([route.range, route.zone], ['7d', 'Asia/Kolkata'])
  assert.equal(link.format(route), hash)
  assert.equal(link.format({ ...route, range: '24h', zone: null }), `#/shared/${token}`)
})

describe('is no link:', () => {
  const token = tokenOf({ videoId: 'cats' })
  const said = (claims: unknown) =>
    `#/shared/share_${Buffer.from(JSON.stringify(claims)).toString('base64url')}.x`
  for (const hash of [
    ...['', '#/', `#/video/${token}`, '#/shared/', '#/shared/share_x.y', `#/shared/${token}/x`],
    ...[null, [], {}, { videoId: 7, expiresMs: 1 }, { videoId: 'cats' }].map(said),
  ])
    test(hash, () => assert.equal(SharedLink.of(hash), null))
})
