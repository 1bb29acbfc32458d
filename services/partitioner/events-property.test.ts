import assert from 'node:assert/strict'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import type { Event } from '../../model/event.ts'
import { route } from '../../model/route.ts'
import { LAYOUTS, NOW_MS, openDoor } from '../../testing/door-fixture.ts'
import { EVENT_LIMITS } from './limits.ts'

const { horizonMs, aheadMs, retentionMs } = EVENT_LIMITS

type Draft = { readonly fields: Record<string, unknown>; readonly fault: string | null }

const onTime = fc.integer({ min: NOW_MS - horizonMs, max: NOW_MS + aheadMs })
const late = fc.integer({ min: NOW_MS - retentionMs, max: NOW_MS - horizonMs - 1 })
const character = fc.constantFrom('a', 'Z', '0', ' ', '"', '\\', '[', ',', ':', 'é', '字', '😀', '\u200d')
const name = fc.string({ unit: character, minLength: 1, maxLength: 12 })
const good = fc.record(
  {
    videoId: name,
    type: fc.constantFrom('view', 'like', 'share'),
    time: fc.oneof(
      onTime,
      late,
      onTime.map((timeMs) => new Date(timeMs).toISOString()),
    ),
    value: fc.integer({ min: -1e12, max: 1e12 }).map((thousandths) => thousandths / 1000),
    viewerId: name,
    attributes: fc.dictionary(fc.stringMatching(/^[a-z_]{1,9}$/), name, { maxKeys: 4 }),
  },
  { requiredKeys: ['videoId', 'type', 'time'] },
)
const spoiling = fc.constantFrom<[string, Record<string, unknown>]>(
  ['invalid_id', { id: 'no spaces' }],
  ['invalid_video_id', { videoId: '' }],
  ['invalid_type', { type: 'View' }],
  ['invalid_time', { time: '2026-02-30T00:00:00Z' }],
  ['time_in_future', { time: NOW_MS + aheadMs + 1 }],
  ['time_too_old', { time: NOW_MS - retentionMs - 1 }],
  ['invalid_value', { value: 0.0001 }],
  ['invalid_viewer_id', { viewerId: 5 }],
  ['invalid_attributes', { attributes: { a: 1 } }],
  ['unknown_field', { extra: 1 }],
)
const draft: fc.Arbitrary<Draft> = fc
  .tuple(good, fc.option(spoiling, { freq: 3 }))
  .map(([fields, spoilt]) => ({ fields: { ...fields, ...spoilt?.[1] }, fault: spoilt?.[0] ?? null }))
const forms = ['array', 'envelope', 'lines'] as const

test('exactly the good events are stored, where route says; the others are rejected by index', async () => {
  const request = fc.array(draft, { maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(request, fc.constantFrom(...forms), fc.boolean(), async (drafts, form, isGzipped) => {
      const { post, stored } = openDoor({ limits: { recordEventsMax: 5 } })
      const events = drafts.map(({ fields }, at): Record<string, unknown> => ({ id: `e${at}`, ...fields }))
      const text = bodyOf(events, form)
      const answer = await post(isGzipped ? gzipSync(text) : text, {
        'content-type': form === 'lines' ? 'application/x-ndjson' : 'application/json',
        ...(isGzipped ? { 'content-encoding': 'gzip' } : {}),
      })

      const { accepted, late: lateCount, rejected } = answer.json()
      const faults = drafts.flatMap(({ fault }, index) => (fault === null ? [] : [{ index, code: fault }]))
      const goodIds = drafts.flatMap(({ fault }, at) => (fault === null ? [`e${at}`] : []))
      assert.equal(answer.statusCode, goodIds.length > 0 ? 202 : 422)
      assert.deepEqual(
        rejected.map(({ index, code }: { index: number; code: string }) => ({ index, code })),
        faults,
      )
      assert.equal(accepted, goodIds.length)

      const found = await stored()
      assert.deepEqual(found.map(({ event }) => event.id).sort(), goodIds.sort())
      assert.equal(found.filter(({ lane }) => lane === 'events-late').length, lateCount)
      for (const { lane, partition, event } of found) {
        assert.equal(partition, route(LAYOUTS, event))
        assert.equal(lane, event.timeMs < NOW_MS - horizonMs ? 'events-late' : 'events')
        sameAsSent(event, events[Number(event.id.slice(1))]!)
      }
    }),
  )
})

function bodyOf(events: readonly object[], form: (typeof forms)[number]): string {
  switch (form) {
    case 'array':
      return JSON.stringify(events)
    case 'envelope':
      return JSON.stringify({ events })
    case 'lines':
      return events.map((event) => `${JSON.stringify(event)}\n`).join('')
  }
}

function sameAsSent(event: Event, sent: Record<string, unknown>): void {
  assert.deepEqual(
    {
      videoId: event.videoId,
      type: event.type,
      timeMs: event.timeMs,
      value: event.valueThousandths === null ? undefined : event.valueThousandths / 1000,
      viewerId: event.viewerId ?? undefined,
      attributes: event.attributes === null ? undefined : JSON.parse(event.attributes),
    },
    {
      videoId: sent.videoId,
      type: sent.type,
      timeMs: new Date(sent.time as string | number).getTime(),
      value: sent.value === undefined ? undefined : (sent.value as number) + 0,
      viewerId: sent.viewerId,
      attributes: sent.attributes === undefined ? undefined : { ...(sent.attributes as object) },
    },
  )
}

test('no body and no header makes the door fail or crash', async () => {
  const { app, post } = openDoor()
  await app.ready()
  const token = fc.constantFrom(
    '[',
    ']',
    '{',
    '}',
    ':',
    ',',
    '"',
    '\\',
    '\n',
    '1e9',
    'null',
    '"id"',
    '"events"',
    'é',
  )
  const text = fc.oneof(
    fc.json(),
    fc.array(token, { maxLength: 60 }).map((tokens) => tokens.join('')),
    fc.array(good.map((event) => JSON.stringify({ id: 'x', ...event }))).map((all) => all.join('\n')),
  )
  const bytes = fc.oneof(
    text.map((body) => Buffer.from(body)),
    text.map((body) => gzipSync(body)),
    text.chain((body) => fc.nat(200).map((end) => gzipSync(body).subarray(0, end))),
    fc.uint8Array({ maxLength: 200 }).map((body) => Buffer.from(body)),
  )
  const json = 'application/json'
  const type = fc.constantFrom(
    json,
    `${json}; charset=utf-8`,
    'application/x-ndjson',
    `${json};;`,
    'text/plain',
  )
  const cloudType = fc.constantFrom('application/cloudevents+json', 'application/cloudevents-batch+json')
  const encoding = fc.constantFrom('identity', 'gzip', 'x-gzip', 'br', '')
  await fc.assert(
    fc.asyncProperty(
      bytes,
      fc.oneof(type, cloudType),
      encoding,
      async (body, contentType, contentEncoding) => {
        const answer = await post(body, { 'content-type': contentType, 'content-encoding': contentEncoding })
        assert.ok(
          [202, 400, 413, 415, 422].includes(answer.statusCode),
          `${answer.statusCode} ${answer.body}`,
        )
      },
    ),
    { numRuns: 1_000 },
  )
})
