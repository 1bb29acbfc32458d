// What share links of all tenants together may ask of the archive at once.
import assert from 'node:assert/strict'
import { describe } from 'node:test'
import { digestOf } from '../../../lib/http/keys/known-key.ts'
import { type BreakdownWorld, COUNT, inWorld as test } from '../../../testing/breakdown-world.ts'
import { keyRing } from '../../../testing/key-ring.ts'
import { BY_LINK_AT_ONCE_MAX } from './breakdowns.ts'

const keys = keyRing('a=acme,b=globex')
const byKey = { 'x-api-key': 'a' }

function byLink(tenant: string, key: string) {
  const link = { tenant, shows: { videoId: 'v1' }, expiresMs: Number.MAX_SAFE_INTEGER }
  return { authorization: `Bearer ${keys.links.sign(link, digestOf(key))}` }
}

/** From now on the archive answers when it is let, and counts what it is asked. */
function hold({ archive }: BreakdownWorld) {
  const { promise, resolve } = Promise.withResolvers<void>()
  const answer = archive.breakdown.bind(archive)
  const held = { asked: 0, letGo: resolve }
  archive.breakdown = async (...question) => {
    held.asked++
    await promise
    return answer(...question)
  }
  return held
}

describe('Questions by share links', () => {
  test(
    'beyond a few at once are refused, and leave room for those by keys',
    async (world) => {
      const held = hold(world)
      const links = [byLink('acme', 'a'), byLink('globex', 'b')]
      const ask = async (limit: number, headers: Readonly<Record<string, string>>) =>
        world.app.inject({ url: `/v1/videos/v1/breakdown?${COUNT}&limit=${limit}`, headers })
      const linked = Array.from({ length: BY_LINK_AT_ONCE_MAX + 2 }, (_, i) => ask(i + 1, links[i % 2]!))
      const same = ask(1, links[0]!)
      const owners = Array.from({ length: 8 }, (_, i) => ask(i + 100, byKey))
      const refused = await Promise.race(linked)
      assert.deepEqual(
        [refused.statusCode, refused.json().type],
        [503, 'urn:tally:problem:overloaded'],
        refused.body,
      )
      assert.match(refused.json().detail, /by share links/)
      held.letGo()
      const statuses = (await Promise.all(linked)).map(({ statusCode }) => statusCode)
      assert.equal(statuses.filter((status) => status === 200).length, BY_LINK_AT_ONCE_MAX)
      assert.equal((await same).statusCode, 200, 'equal ones share an answer')
      for (const { statusCode } of await Promise.all(owners)) assert.equal(statusCode, 200)
      assert.equal(held.asked, BY_LINK_AT_ONCE_MAX + owners.length)
      assert.equal((await ask(50, links[0]!)).statusCode, 200, 'there is room again')
    },
    keys,
  )
})
