// How large an event is on its way: in a request, in a record of the log; and a row, as a statement to Cassandra. Small
// events have an id, a video and a type; large ones a value, a viewer and two attributes besides.
import { gzipSync } from 'node:zlib'
import { DAY_MS, minuteOf } from '../model/bucket.ts'
import type { Event } from '../model/event.ts'
import { EMPTY } from '../model/total.ts'
import { RecordBuilder } from '../schemas/record.ts'
import { partitionRows } from '../stores/counts/cassandra/partition-rows.ts'
import { figure } from './notes.ts'
import { seededRandom, uuid } from './random.ts'
import { print } from './report.ts'

const EVENTS = 500
const NOW_MS = Date.UTC(2026, 0, 5, 12)
const SOURCE = 'beefbeef-12'
/** What a frame of the native protocol has beside the values: the id of the statement, and a length for each value. */
const STATEMENT_ID_BYTES = 19
const LENGTH_BYTES = 4

const random = seededRandom(5)
const small = Array.from({ length: EVENTS }, (_, i) => eventOf(i))
const large = small.map((event, i) => ({
  ...event,
  valueThousandths: 1_000 + i * 997,
  viewerId: uuid(random),
  attributes: JSON.stringify({ country: 'DE', device: 'mobile' }),
}))

const forms = [
  { events: 'small', json: jsonBytes(small), record: recordBytes(small) },
  { events: 'large', json: jsonBytes(large), record: recordBytes(large) },
]
print(
  `sizes: bytes an event, ${EVENTS} together`,
  forms.map(({ events, json, record }) => ({
    events,
    JSON: json.plain,
    'JSON, gzip': json.gzip,
    'in the log': record,
  })),
)
const row = statementBytes()
print('sizes: bytes a row of counts', [{ 'as a statement to Cassandra': row }])
figure(
  'event.json.bytes',
  'bytes an event',
  forms.map(({ json }) => json.plain),
)
figure(
  'event.record.bytes',
  'bytes an event',
  forms.map(({ record }) => record),
)
figure('row.statement.bytes', 'bytes a row', [row])

function eventOf(i: number): Event {
  return {
    tenant: '',
    videoId: `video-${(i * 7_919).toString().padStart(16, '0')}`,
    type: 'view',
    id: uuid(random),
    timeMs: NOW_MS + i,
    valueThousandths: null,
    viewerId: null,
    channelId: null,
    attributes: null,
    source: null,
  }
}

/** As the SDK sends them. */
function jsonBytes(events: readonly Event[]) {
  const sent = events.map(({ id, videoId, type, timeMs, valueThousandths, viewerId, attributes }) => ({
    ...{ id, videoId, type, time: new Date(timeMs).toISOString() },
    ...(valueThousandths !== null && { value: valueThousandths / 1_000 }),
    ...(viewerId !== null && { viewerId }),
    ...(attributes !== null && { attributes: JSON.parse(attributes) }),
  }))
  const body = Buffer.from(JSON.stringify(sent))
  return { plain: body.length / events.length, gzip: gzipSync(body).length / events.length }
}

function recordBytes(events: readonly Event[]): number {
  const builder = new RecordBuilder()
  for (const event of events) builder.add(event)
  return builder.finish().length / events.length
}

function statementBytes(): number {
  const rows = small.map(({ tenant, videoId, type, timeMs }, i) => {
    const total = { ...EMPTY, count: 3, values: 3, sum: 99_999n, min: 1, max: 5_000, upTo: 1_000_000 + i }
    return { bucket: { tenant, videoId, type, minute: minuteOf(timeMs) }, total }
  })
  const write = { sourceId: SOURCE, rows, forms: [] }
  const { lots } = partitionRows([write], { nowMs: NOW_MS, retentionMs: 14 * DAY_MS })
  const statements = lots.flatMap((lot) => lot.statements)
  const bytes = statements.reduce((sum, { params }) => {
    return sum + STATEMENT_ID_BYTES + params.reduce((all, value) => all + LENGTH_BYTES + value.length, 0)
  }, 0)
  return bytes / statements.length
}
