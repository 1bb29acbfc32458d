import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import type { Layout } from '../../model/layout.ts'
import { checkAnswers } from '../../testing/check-answers.ts'
import { anEvent, type DoorOptions, LAYOUTS, NOW_MS, openDoor } from '../../testing/door-fixture.ts'
import { fixedLayouts } from '../../testing/fixed-layouts.ts'
import { NO_METRICS } from './partitioner-metrics.ts'

function door(options: DoorOptions = {}) {
  const opened = openDoor(options)
  checkAnswers(opened.app)
  const validate = async (body: object | Buffer, headers: Record<string, string> = {}) =>
    opened.app.inject({
      method: 'POST',
      url: '/v1/events/validate',
      headers: { 'content-type': 'application/json', ...headers },
      payload: Buffer.isBuffer(body) ? body : JSON.stringify(body),
    })
  return { ...opened, validate }
}

const HOUR_AGO = NOW_MS - 3_600_000
const MINUTE = '2026-11-21T09:00:00.000Z'

test('each event is told its lane and minute, or its fault, and nothing is stored', async () => {
  const { validate, stored } = door()
  const answer = await validate([
    anEvent(),
    anEvent({ id: 'b', time: HOUR_AGO }),
    anEvent({ id: '' }),
    anEvent({ value: 2 }),
    anEvent({ type: 'like' }),
  ])
  assert.equal(answer.statusCode, 200, answer.body)
  assert.deepEqual(answer.json(), {
    status: 202,
    accepted: 4,
    late: 1,
    rejected: [{ index: 2, code: 'invalid_id', detail: 'id must be 1–64 of A–Z a–z 0–9 . _ : -' }],
    events: [
      { index: 0, lane: 'live', minute: MINUTE },
      { index: 1, lane: 'late', minute: '2026-11-21T08:00:00.000Z' },
      { index: 3, lane: 'live', minute: MINUTE, copyOf: 0 },
      { index: 4, lane: 'live', minute: MINUTE },
    ],
  })
  assert.deepEqual(await stored(), [])
})

test('while the overload lane is in force, events on time are told that they take it', async () => {
  const overflowing: Layout = { ...LAYOUTS[0]!, overflow: true }
  const { validate } = door({ layouts: fixedLayouts([overflowing]) })
  const { events } = (await validate([anEvent(), anEvent({ id: 'b', time: HOUR_AGO })])).json()
  assert.deepEqual(
    events.map(({ lane }: { lane: string }) => lane),
    ['overload', 'late'],
  )
})

test('a body of which no event would be taken is no fault of the question', async () => {
  const { validate } = door()
  const answer = await validate([{}, 5])
  assert.equal(answer.statusCode, 200)
  const { status, accepted, rejected, events } = answer.json()
  assert.deepEqual([status, accepted, rejected.length, events], [422, 0, 2, []])
})

test('what cannot be read is refused as it is when it is sent', async () => {
  const { validate, post } = door()
  const bodies = [Buffer.from('{'), Buffer.from([0xff]), Buffer.alloc(2 << 20), gzipSync('{')]
  for (const body of bodies) {
    const [asked, sent] = await Promise.all([validate(body), post(body)])
    assert.deepEqual([asked.statusCode, asked.json()], [sent.statusCode, sent.json()])
  }
})

test('new videos are judged by the quota, and use nothing of it', async () => {
  const { validate, post } = door({ limits: { newVideosPerMinuteMax: 3 } })
  const named = (...names: string[]) => names.map((videoId) => anEvent({ videoId }))
  await post(named('known'))
  for (let times = 0; times < 3; times++) {
    const { accepted, rejected } = (await validate(named('a', 'a', 'b', 'c', 'known'))).json()
    assert.equal(accepted, 4)
    assert.deepEqual([rejected[0].index, rejected[0].code], [3, 'too_many_new_videos'])
  }
  assert.equal((await post(named('d', 'e'))).json().accepted, 2)
  assert.equal((await validate(named('f'))).json().status, 429)
})

test('it counts towards the rate of the tenant, and not as a request with events', async () => {
  const answered: number[] = []
  const metrics = { ...NO_METRICS, answered: (status: number) => answered.push(status) }
  const { validate } = door({ metrics, limits: { eventsPerSecondMax: 1 } })
  assert.equal((await validate([anEvent(), anEvent({ id: 'b' })])).statusCode, 200)
  const refused = await validate(anEvent())
  assert.equal(refused.statusCode, 429)
  assert.ok(Number(refused.headers['retry-after']) >= 1)
  assert.deepEqual(answered, [])
})

test('what is told is what happens', async () => {
  const event = fc.record(
    {
      id: fc.constantFrom('a', 'b', ''),
      videoId: fc.constantFrom('v', 'w', 'x'),
      type: fc.constantFrom('view', 'like', 'BAD'),
      time: fc.constantFrom(NOW_MS, HOUR_AGO, NOW_MS + 3_600_000, NOW_MS - 1_000),
    },
    { requiredKeys: ['id', 'videoId', 'time'] },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 12 }), async (events) => {
      const { validate, post, stored, app } = door({ limits: { newVideosPerMinuteMax: 2 } })
      const { events: fates, status, ...told } = (await validate(events)).json()
      const answer = await post(events)
      const { accepted, late, rejected } = answer.json()
      if (rejected !== undefined) assert.deepEqual(told, { accepted, late, rejected })
      assert.equal(answer.statusCode, status)
      const names = new Set(
        (await stored()).map(({ event: one }) =>
          JSON.stringify([one.videoId, one.type, one.timeMs - (one.timeMs % 60_000), one.id]),
        ),
      )
      const firsts = fates.filter(({ copyOf }: { copyOf?: number }) => copyOf === undefined)
      assert.equal(firsts.length, names.size)
      await app.close()
    }),
  )
})
