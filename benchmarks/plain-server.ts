// Servers for comparison with the whole path over HTTP: what the same framework can do when it promises less. MODE
// memory keeps counts in a Map and nothing else; MODE synced also appends each request to a file and syncs it before
// it answers. Neither validates events or recognises copies.
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import fastify from 'fastify'

type SentEvent = {
  readonly videoId: string
  readonly type: string
  readonly time: string
  readonly value: number
}

type CloudEvent = {
  readonly subject: string
  readonly type: string
  readonly time: string
  readonly data: { readonly value: number }
}

const inflate = promisify(gunzip)

const BODY_BYTES_MAX = 1 << 20
const MINUTE_CHARS = '2026-01-05T12:00'.length

const counts = new Map<string, { count: number; sum: number }>()
const file = process.env.MODE === 'synced' ? await open(join(process.env.DATA_DIR!, 'events'), 'a') : null
const app = fastify({ bodyLimit: BODY_BYTES_MAX })

app.removeAllContentTypeParsers()
app.addContentTypeParser(/^application\//, { parseAs: 'buffer' }, (_request, body, done) => done(null, body))

function eventsIn(text: string, contentType: string): readonly SentEvent[] {
  switch (contentType) {
    case 'application/x-ndjson':
      return text.split('\n').map((line) => JSON.parse(line) as SentEvent)
    case 'application/cloudevents-batch+json':
      return (JSON.parse(text) as readonly CloudEvent[]).map(({ subject, type, time, data }) => {
        return { videoId: subject, type, time, value: data.value }
      })
    default:
      return JSON.parse(text) as readonly SentEvent[]
  }
}

app.post('/v1/events', async (request, reply) => {
  const { headers } = request
  const sent = request.body as Buffer
  const body = headers['content-encoding'] === 'gzip' ? await inflate(sent) : sent
  const events = eventsIn(body.toString(), headers['content-type']!)
  await file?.appendFile(body)
  await file?.datasync()
  for (const { videoId, type, time, value } of events) {
    const key = `${videoId} ${type} ${time.slice(0, MINUTE_CHARS)}`
    const total = counts.get(key) ?? { count: 0, sum: 0 }
    counts.set(key, { count: total.count + 1, sum: total.sum + value })
  }
  return reply.code(202).send({ accepted: events.length })
})

app.get('/total', async () => Array.from(counts.values()).reduce((sum, { count }) => sum + count, 0))

const url = await app.listen({ port: 0, host: '127.0.0.1' })
console.log(`ready ${url}`)
process.on('SIGTERM', () => process.exit(0))
