// Well-formed requests with good and bad events, of which it is known what must become of each.
import { gzipSync } from 'node:zlib'
import type { Random } from '../../simulator/random.ts'

export type HttpRequest = {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

export type GoodRequest = HttpRequest & {
  /** The names `videoId id` of the good events, and the indexes of the bad ones. */
  readonly good: readonly string[]
  readonly bad: readonly number[]
}

const VIDEOS = 20
const EVENTS_MAX = 20
const FORMS = ['array', 'envelope', 'one', 'lines', 'cloud', 'cloud batch', 'cloud binary'] as const
const SPOILT: readonly object[] = [
  { id: '' },
  { videoId: 'a\u0000b' },
  { type: 'VIEW' },
  { time: 'yesterday' },
  { value: 0.0001 },
  { value: 1e300 },
  { attributes: { a: 1 } },
  { viewerId: '\ud800' },
  { channelId: 'x'.repeat(129) },
]
const EXTRAS: readonly object[] = [
  {},
  { value: 1.5 },
  { value: '-999999999.999' },
  { viewerId: '\u{1f600}'.repeat(60) },
  { channelId: 'c' },
  { attributes: { country: 'DE', __proto_: 'x', constructor: 'y', '\u{1f600}': '' } },
]

/** Its events are of videos `<videos>-<n>`, with ids that no other number has. */
export function goodRequest(random: Random, number: number, nowMs: number, videos = 'good'): GoodRequest {
  const form = random.pick(FORMS)
  const isSingle = form === 'one' || form === 'cloud' || form === 'cloud binary'
  const events = Array.from({ length: isSingle ? 1 : random.int(1, EVENTS_MAX) }, (_, at) => {
    const plain = {
      id: `g${number}-${at}`,
      videoId: `${videos}-${random.int(0, VIDEOS - 1)}`,
      type: 'view',
      time: new Date(nowMs - random.int(0, 60_000)).toISOString(),
      ...random.pick(EXTRAS),
    }
    const isBad = random.chance(0.2)
    return {
      isBad,
      name: `${plain.videoId} ${plain.id}`,
      event: isBad ? { ...plain, ...random.pick(SPOILT) } : plain,
    }
  })
  const message = messageOf(
    form,
    events.map(({ event }) => event),
  )
  const isGzipped = random.chance(0.3)
  return {
    ...{ method: 'POST', path: '/v1/events' },
    headers: { ...message.headers, ...(isGzipped ? { 'content-encoding': 'gzip' } : {}) },
    body: isGzipped ? gzipSync(message.body) : Buffer.from(message.body),
    good: events.filter(({ isBad }) => !isBad).map(({ name }) => name),
    bad: events.flatMap(({ isBad }, at) => (isBad ? [at] : [])),
  }
}

type Fields = Readonly<Record<string, unknown>>

function messageOf(form: (typeof FORMS)[number], events: readonly Fields[]) {
  const json = (value: unknown, type = 'application/json') => {
    return { headers: { 'content-type': type }, body: JSON.stringify(value) }
  }
  switch (form) {
    case 'array':
      return json(events)
    case 'envelope':
      return json({ events })
    case 'one':
      return json(events[0])
    case 'lines':
      return {
        headers: { 'content-type': 'application/x-ndjson' },
        body: events.map((event) => `${JSON.stringify(event)}\n`).join(''),
      }
    case 'cloud':
      return json(cloudEvent(events[0]!), 'application/cloudevents+json; charset=UTF-8')
    case 'cloud batch':
      return json(events.map(cloudEvent), 'application/cloudevents-batch+json')
    case 'cloud binary': {
      const { data, ...attributes } = cloudEvent(events[0]!)
      const headers = Object.entries(attributes).map(([name, value]) => [
        `ce-${name}`,
        escaped(String(value)),
      ])
      return { headers: { ...json('').headers, ...Object.fromEntries(headers) }, body: JSON.stringify(data) }
    }
  }
}

function cloudEvent({ id, videoId, type, time, ...data }: Fields) {
  return { specversion: '1.0', source: '/fuzz', id, subject: videoId, type, time, data }
}

function escaped(text: string): string {
  return text.replace(/[^!-~]|["%]/gu, encodeURIComponent)
}
