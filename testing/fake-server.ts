// For tests: a server that follows the HTTP contract as far as a replay needs it, with its events in one file
// of DATA_DIR. FAULT breaks it on purpose, to test that a replay notices.
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { createServer, type IncomingMessage } from 'node:http'
import { join } from 'node:path'
import type { TallyEvent } from '../sdk/src/index.ts'

type Fault =
  | 'none'
  | 'counts_a_copy'
  | 'forgets'
  | 'rejects'
  | 'is_late'
  | 'falls_over'
  | 'never_ready'
  /** Every other answer comes from a process that knows of no event, and says so. */
  | 'lags'
type Tally = { count: number; values: number; sum: number }

const NOTHING: Tally = { count: 0, values: 0, sum: 0 }

const fault = (process.env.FAULT ?? 'none') as Fault
const dataDir = process.env.DATA_DIR!
mkdirSync(dataDir, { recursive: true })
const file = join(dataDir, 'events.ndjson')
const ids = new Set<string>()
const tallies = new Map<string, Tally>()
let requests = 0
let answers = 0

function count(event: TallyEvent) {
  const copy = ids.has(event.id!)
  if (copy && fault !== 'counts_a_copy') return
  ids.add(event.id!)
  const key = `${event.videoId} ${event.type}`
  const tally = tallies.get(key) ?? { ...NOTHING }
  tallies.set(key, tally)
  tally.count++
  if (event.value === undefined) return
  tally.values++
  tally.sum += Math.round(event.value * 1_000)
}

async function accept(request: IncomingMessage) {
  const events = JSON.parse(Buffer.concat(await request.toArray()).toString()) as TallyEvent[]
  requests++
  if (fault === 'falls_over' && requests === 3) process.exit(7)
  const isBad = (at: number) => fault === 'rejects' && requests === 1 && at === 0
  const good = events.filter((_, at) => !isBad(at))
  if (fault !== 'forgets') appendFileSync(file, good.map((event) => `${JSON.stringify(event)}\n`).join(''))
  good.forEach(count)
  const rejected = good.length < events.length ? [{ index: 0, code: 'invalid_id', detail: 'a bad day' }] : []
  return { accepted: good.length, late: fault === 'is_late' && requests === 1 ? 1 : 0, rejected }
}

function stats(tally: Tally) {
  const { count, values, sum } = tally
  return { count, sum: sum / 1_000, average: values === 0 ? null : sum / (1_000 * values) }
}

function answer(url: URL) {
  const [, , , videoId, kind] = url.pathname.split('/').map(decodeURIComponent)
  const isBehind = fault === 'lags' && ++answers % 2 === 0
  const of = (type: string) => stats((!isBehind && tallies.get(`${videoId} ${type}`)) || NOTHING)
  const meta = {
    asOf: isBehind ? new Date(0).toISOString() : new Date(Date.now() + 1).toISOString(),
    complete: true,
    reconciled: false,
    stale: false,
  }
  if (kind === 'summary') return { videoId, types: { view: of('view') }, meta }
  const fn = url.searchParams.get('function') as keyof ReturnType<typeof stats>
  return { videoId, value: of(url.searchParams.get('eventType')!)[fn], meta }
}

if (existsSync(file)) {
  for (const line of readFileSync(file, 'utf8').split('\n')) if (line.endsWith('}')) count(JSON.parse(line))
}
const server = createServer(async (request, response) => {
  const isPost = request.method === 'POST'
  const body = isPost ? await accept(request) : answer(new URL(request.url!, 'http://localhost'))
  response.writeHead(isPost ? 202 : 200, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
})
process.once('SIGTERM', () => process.exit(0))
if (fault === 'never_ready') {
  console.error('the data directory is damaged')
  process.exit(1)
}
server.listen(Number(process.env.PORT), '127.0.0.1', () =>
  console.log(`ready http://localhost:${process.env.PORT}`),
)
