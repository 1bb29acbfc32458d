// Sends events and asks for counts with types that are generated from the description of the API, for programs that
// cannot use the SDK: `npm install`, `npm run generate` beside a running server, then `npm start`.
import createClient from 'openapi-fetch'
import type { components, paths } from './tally.ts'

type Problem = components['schemas']['Problem']
type Event = components['schemas']['Event']
/** Some answers can be had as CSV too: this program asks for none. */
type Json = 'application/json' | 'application/problem+json'

const RETRIES_MAX = 60
const RETRY_MS = 500

const tally = createClient<paths, Json>({ baseUrl: process.env.TALLY_URL ?? 'http://localhost:8080' })
// A video of its own for each run, so that its numbers can be known.
const videoId = `generated-${crypto.randomUUID()}`
const time = new Date().toISOString()
const events: Event[] = [
  ['DE', 12.5],
  ['DE', 30],
  ['FR', 7.5],
].map(([country, value]) => ({
  ...{ id: crypto.randomUUID(), videoId, type: 'view', time },
  ...{ value: Number(value), attributes: { country: String(country) } },
}))

// The same events twice, as after an answer that was lost: they count once.
for (const _ of ['first', 'again']) {
  const { data, error } = await tally.POST('/v1/events', { body: events })
  if (data === undefined) throw failure(error)
  console.log(`accepted ${data.accepted}, rejected ${data.rejected.length}`)
}

const stats = await until(
  async () => {
    const { data, error } = await tally.GET('/v1/videos/{videoId}/stats', {
      params: { path: { videoId }, query: { eventType: 'view', function: 'sum' } },
    })
    return data ?? fail(error)
  },
  ({ value }) => value === 50,
)
console.log(`stats: sum ${stats.value}`)

const { data: answer, error: refused } = await tally.POST('/v1/query', {
  body: { videoIds: [videoId], eventTypes: 'view', functions: ['count', 'average'], groupBy: 'video' },
})
const { values } = (answer ?? fail(refused)).rows[0]!
console.log(`query: count ${values.count}, average ${values.average}`)

const top = await until(
  async () => {
    const { data, error } = await tally.GET('/v1/top', { params: { query: { eventType: 'view', limit: 5 } } })
    return data ?? fail(error)
  },
  ({ videos }) => videos.some((video) => video.videoId === videoId),
)
console.log(`top: ${top.videos.find((video) => video.videoId === videoId)!.count}`)

// Breakdowns are counted from the archive, which has events within a minute.
const breakdown = await until(
  async () => {
    const { data, error } = await tally.GET('/v1/videos/{videoId}/breakdown', {
      params: { path: { videoId }, query: { by: 'country', eventType: 'view', function: 'count' } },
    })
    return data ?? fail(error)
  },
  ({ total }) => total === events.length,
)
console.log(`breakdown: ${breakdown.rows.map(({ country, value }) => `${country} ${value}`).join(', ')}`)

const wrong = await tally.POST('/v1/events', { body: { id: 'e1', videoId, type: 'No type', time } })
if (wrong.error === undefined || !('rejected' in wrong.error)) throw new Error('it should have been refused')
const [rejection] = wrong.error.rejected
console.log(
  `error: ${wrong.response.status} ${wrong.error.type}, ${rejection?.code} of event ${rejection?.index}`,
)

/** The first answer that is as wanted: what is sent is counted a moment later. */
async function until<T>(ask: () => Promise<T>, isWanted: (answer: T) => boolean): Promise<T> {
  for (let retries = 0; ; retries++) {
    const answer = await ask()
    if (isWanted(answer)) return answer
    if (retries === RETRIES_MAX) throw new Error(`still not as wanted: ${JSON.stringify(answer)}`)
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS))
  }
}

function fail(problem: Problem | undefined): never {
  throw failure(problem)
}

/** Whatever is refused, the answer says what is wrong in the same form. */
function failure(problem: Problem | undefined): Error {
  return new Error(`${problem?.title}: ${problem?.detail}`)
}
