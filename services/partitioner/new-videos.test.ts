import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MINUTE_MS } from '../../model/bucket.ts'
import { anEvent, type DoorOptions, NOW_MS, openDoor } from '../../testing/door-fixture.ts'
import { keyRing } from '../../testing/key-ring.ts'
import { NewVideoQuota } from './new-videos.ts'
import { RecentNames } from './recent-names.ts'

const QUOTA = 5

/** A front door with a quota of QUOTA and a manual clock, 20 s into a minute. */
function door(options: DoorOptions = {}) {
  let nowMs = NOW_MS + 20_000
  const clock = { nowMs: () => nowMs, sleep: async () => {} }
  const opened = openDoor({ clock, ...options, limits: { newVideosPerMinuteMax: QUOTA, ...options.limits } })
  const pass = (ms: number) => {
    nowMs += ms
  }
  return { ...opened, pass }
}

/** One event each of new videos. */
function flood(count: number, name = 'flood'): object[] {
  return Array.from({ length: count }, (_, i) => anEvent({ id: `e${i}`, videoId: `${name}-${i}` }))
}

const known = (id: string) => anEvent({ id, videoId: 'known' })

test('names that waited over the turn of a minute do not begin the quota anew', () => {
  const quota = new NewVideoQuota(QUOTA, new RecentNames(new Uint32Array(2)))
  const at = (minute: number) => NOW_MS + minute * MINUTE_MS
  let taken = 0
  for (let i = 0; i < 10 * QUOTA; i++) {
    if (quota.admits({ tenant: '', videoId: `v${i}`, type: 'view' }, at(i % 2))) taken++
  }
  assert.ok(taken <= 2 * QUOTA, `${taken}`)
  assert.ok(
    quota.admits({ tenant: '', videoId: 'w', type: 'view' }, at(-60)),
    'a clock that was set back begins anew',
  )
})

test('new videos beyond the quota are rejected by index, and their neighbours are not', async () => {
  const { post, app } = door()
  assert.equal((await post(known('a'))).statusCode, 202)
  const answer = await post([...flood(6), known('b'), { id: '' }])
  assert.equal(answer.statusCode, 202)
  const { accepted, rejected } = answer.json()
  assert.equal(accepted, QUOTA, 'four new ones, and the one that is known')
  assert.deepEqual(
    rejected.map(({ index, code }: { index: number; code: string }) => `${index} ${code}`),
    ['4 too_many_new_videos', '5 too_many_new_videos', '7 invalid_id'],
  )
  await app.close()
})

test('a request of which nothing is left is asked to wait until the next minute, and then goes through', async () => {
  const { post, app, pass, stored } = door()
  await post(flood(QUOTA))
  const refused = await post([...flood(2, 'more'), { id: '' }])
  assert.equal(refused.statusCode, 429)
  assert.equal(refused.headers['retry-after'], '40')
  assert.equal(refused.json().type, 'urn:tally:problem:rate-limited')
  assert.equal(refused.json().rejected.length, 3)
  assert.equal(
    (await post([{ id: '' }])).statusCode,
    422,
    'what is at fault by itself need not be sent again',
  )
  pass(40_000)
  assert.equal((await post(flood(2, 'more'))).json().accepted, 2)
  assert.equal((await stored()).length, QUOTA + 2)
  await app.close()
})

test('what was seen in the last minutes costs nothing, however it is sent again', async () => {
  const { post, app, pass } = door()
  for (let minute = 0; minute < 8; minute++) {
    const answer = await post([...flood(QUOTA), ...flood(QUOTA), ...flood(1, `new-${minute}`)])
    assert.equal(answer.json().accepted, 2 * QUOTA + (minute === 0 ? 0 : 1), `minute ${minute}`)
    pass(MINUTE_MS)
  }
  await app.close()
})

test('a video of another type is new, and a late one is too', async () => {
  const { post, app } = door()
  const types = ['view', 'like', 'share', 'dislike', 'watch', 'other']
  const late = { time: NOW_MS - 3_600_000 }
  const answer = await post(types.map((type) => anEvent({ type, ...late })))
  assert.deepEqual([answer.json().accepted, answer.json().late], [QUOTA, QUOTA])
  await app.close()
})

test('the flood of one tenant takes nothing from another', async () => {
  const { post, app } = door({ keys: keyRing('a-key=a,b-key=b') })
  const as = (key: string) => ({ authorization: `Bearer ${key}` })
  assert.equal((await post(flood(100), as('a-key'))).json().accepted, QUOTA)
  assert.equal((await post(flood(QUOTA), as('b-key'))).json().accepted, QUOTA)
  assert.equal((await post(flood(100), as('a-key'))).json().accepted, QUOTA, 'those that are known')
  await app.close()
})

test('without a quota any number is taken', async () => {
  const { post, app } = door({ limits: { newVideosPerMinuteMax: null } })
  assert.equal((await post(flood(1_000))).json().accepted, 1_000)
  await app.close()
})

test('of each tenant so many new names go through in a minute, and all that are known', () => {
  const event = fc.record({
    tenant: fc.constantFrom('', 't'),
    videoId: fc.nat(30).map(String),
    type: fc.constantFrom('view', 'like'),
    passMs: fc.constantFrom(0, 0, 0, 1_000, MINUTE_MS / 2),
  })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 200 }), (events) => {
      const quota = new NewVideoQuota(QUOTA, new RecentNames(Uint32Array.of(1, 2), 256))
      const seen = new Set<string>()
      const taken = new Map<string, number>()
      let nowMs = 0
      for (const { passMs, ...one } of events) {
        // Not far enough for names to be forgotten.
        nowMs += nowMs > 9 * MINUTE_MS ? 0 : passMs
        const name = JSON.stringify(one)
        const ofMinute = `${one.tenant} ${Math.floor(nowMs / MINUTE_MS)}`
        const isAdmitted = seen.has(name) || (taken.get(ofMinute) ?? 0) < QUOTA
        assert.equal(quota.admits(one, nowMs), isAdmitted)
        if (!isAdmitted || seen.has(name)) continue
        seen.add(name)
        taken.set(ofMinute, (taken.get(ofMinute) ?? 0) + 1)
      }
    }),
  )
})
