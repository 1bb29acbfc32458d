// What a share link is made of, and what two tenants who wish each other ill can do with theirs.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { parseTrustedProxies } from '../../lib/http/client-address.ts'
import { QueryRate } from '../../lib/http/query-rate.ts'
import { buildServer } from '../../lib/http/server.ts'
import { DAY_MS, minuteOf } from '../../model/bucket.ts'
import { EMPTY } from '../../model/total.ts'
import { checkAnswers } from '../../testing/check-answers.ts'
import { keyRing } from '../../testing/key-ring.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { MemoryCounts } from '../../testing/memory-counts.ts'
import { MemoryVideos } from '../../testing/memory-videos.ts'
import { queryDeps } from '../../testing/query-fixture.ts'
import { registerChannels } from './channel-route.ts'
import { registerQueries } from './query-routes.ts'
import { registerShare } from './share-route.ts'
import { registerVideos } from './videos/video-routes.ts'

const NOW_MS = Date.parse('2026-11-21T12:00:30Z')
const STATS = 'stats?eventType=view&function=count'
const VIDEO = { channel: 'Pets', durationSeconds: null, publishedMs: null }
const RATE = 1_000

async function world({
  keys = 'a=acme,b=globex',
  costPerSecondMax = null as number | null,
  pathPrefix = '',
} = {}) {
  const clock = new ManualClock(NOW_MS)
  const counts = new MemoryCounts()
  const videos = new MemoryVideos()
  for (const [tenant, count] of [
    ['acme', 3],
    ['globex', 5],
    ['', 7],
  ] as const) {
    const bucket = { tenant, videoId: 'cats', type: 'view', minute: minuteOf(NOW_MS) - 10 }
    await counts.write('s', [{ bucket, total: { ...EMPTY, count, upTo: 1 } }])
    await videos.put(tenant, 'cats', { title: `Cats of ${tenant}`, ...VIDEO })
  }
  const rate = new QueryRate({ costPerSecondMax }, clock)
  const deps = { ...queryDeps(counts), clock, keys: keyRing(keys, undefined, clock), videos, rate }
  const app = buildServer({ pathPrefix, trustProxy: parseTrustedProxies('10.9.9.9') })
  checkAnswers(app)
  registerQueries(app, deps)
  registerChannels(app, deps)
  registerVideos(app, deps)
  registerShare(app, deps)
  const share = (key: string, body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    app.inject({
      ...{ method: 'POST', url: `${pathPrefix}/v1/share`, payload: body as object },
      headers: { ...(key !== '' && { 'x-api-key': key }), ...headers },
      remoteAddress: '10.9.9.9',
    })
  const linkOf = async (key: string, body: unknown): Promise<string> => (await share(key, body)).json().token
  const ask = (path: string, token: string, remoteAddress = '10.0.0.1') =>
    app.inject({ url: path, headers: { authorization: `Bearer ${token}` }, remoteAddress })
  return { app, clock, share, linkOf, ask }
}

test('a link shows the video of its own tenant: numbers, spreadsheet and title', async () => {
  const { linkOf, ask } = await world()
  for (const [key, count, title] of [
    ['a', 3, 'Cats of acme'],
    ['b', 5, 'Cats of globex'],
  ] as const) {
    const token = await linkOf(key, { videoId: 'cats' })
    const stats = (
      await ask(`/v1/videos/cats/${STATS}&granularity=PT1H&startTime=2026-11-21T00:00:00Z`, token)
    ).json()
    assert.deepEqual([stats.value, stats.video.title, stats.series.length], [count, title, 13])
    assert.equal((await ask('/v1/videos/cats/summary', token)).json().types.view.count, count)
    assert.equal((await ask('/v1/videos/cats', token)).json().title, title)
    const channel = await linkOf(key, { channelId: 'Pets' })
    assert.equal((await ask(`/v1/channels/Pets/${STATS}`, channel)).json().value, count)
    assert.equal((await ask(`/v1/videos/cats/${STATS}`, channel)).statusCode, 403)
    assert.equal((await ask('/v1/videos?search=', channel)).statusCode, 403)
  }
})

test('what is asked for cannot name another tenant, and a link cannot make links', async () => {
  const { share, linkOf, app } = await world()
  const named = await share('a', { videoId: 'cats', tenant: 'globex' })
  assert.deepEqual([named.statusCode, named.json().errors[0].code], [400, 'unknown_parameter'])
  const token = await linkOf('a', { videoId: 'cats' })
  for (const headers of [{ authorization: `Bearer ${token}` }, { 'x-api-key': token }]) {
    const payload = { videoId: 'dogs' }
    const answer = await app.inject({ method: 'POST', url: '/v1/share', headers, payload })
    assert.equal(answer.statusCode, 403, answer.body)
  }
  const put = { method: 'PUT', url: '/v1/videos/cats', payload: { title: 'Mine' } } as const
  assert.equal((await app.inject({ ...put, headers: { authorization: `Bearer ${token}` } })).statusCode, 403)
})

test('what one tenant signed is of no use with what another did', async () => {
  const { linkOf, ask } = await world()
  const [acme, globex] = [await linkOf('a', { videoId: 'cats' }), await linkOf('b', { videoId: 'cats' })]
  const said = JSON.parse(Buffer.from(acme.slice('share_'.length).split('.')[0]!, 'base64url').toString())
  assert.deepEqual(
    { ...said, madeBy: '' },
    {
      ...{ tenant: 'acme', videoId: 'cats', madeBy: '' },
      expiresMs: NOW_MS + 7 * DAY_MS,
    },
  )
  const [, signature] = acme.split('.')
  const lies = [{ tenant: 'globex' }, { videoId: 'dogs' }, { expiresMs: 9e15 }, { madeBy: null }]
  const forged = lies.map((lie) => {
    const text = Buffer.from(JSON.stringify({ ...said, ...lie })).toString('base64url')
    return `share_${text}.${signature}`
  })
  for (const token of [`${globex.split('.')[0]}.${signature}`, ...forged])
    assert.equal((await ask(`/v1/videos/cats/${STATS}`, token)).statusCode, 403)
})

test('a link ends when it says, and is answered 401 with a code of its own', async () => {
  const { share, ask, clock } = await world()
  const { token, expiresAt } = (await share('a', { videoId: 'cats', expiresIn: 'PT1H' })).json()
  assert.equal(expiresAt, '2026-11-21T13:00:30.000Z')
  clock.advance(3_600_000 - 1)
  assert.equal((await ask(`/v1/videos/cats/${STATS}`, token)).statusCode, 200)
  clock.advance(1)
  const ended = await ask(`/v1/videos/cats/${STATS}`, token)
  assert.deepEqual([ended.statusCode, ended.json().type], [401, 'urn:tally:problem:link-expired'])
})

test('where nobody needs a key, a link opens no more than it shows', async () => {
  const { linkOf, ask } = await world({ keys: '' })
  const token = await linkOf('', { videoId: 'cats' })
  assert.equal((await ask(`/v1/videos/cats/${STATS}`, token)).json().value, 7)
  assert.equal((await ask(`/v1/videos/dogs/${STATS}`, token)).statusCode, 403)
})

test('who has a link cannot use up what its owner may ask', async () => {
  const { linkOf, ask, app } = await world({ costPerSecondMax: RATE })
  const token = await linkOf('a', { videoId: 'cats' })
  const day = `/v1/videos/cats/${STATS}&granularity=PT1M&startTime=2026-11-21T02:00:00Z`
  const statuses: number[] = []
  for (let from = 0; from < 8; from++) statuses.push((await ask(day, token, `10.0.0.${from}`)).statusCode)
  assert.ok(statuses.includes(429), 'all links of a tenant share one share')
  const owner = await app.inject({ url: day, headers: { 'x-api-key': 'a' } })
  assert.equal(owner.statusCode, 200)
  assert.match(String(owner.headers.ratelimit), /^"tenant";r=/)
  const byLink = await ask('/v1/videos/cats', token, '10.0.0.200')
  assert.match(String(byLink.headers['ratelimit-policy']), /^"address";.*, "links";/)
})

describe('the address of the page', () => {
  const check = (name: string, headers: Readonly<Record<string, string>>, page: string, pathPrefix = '') =>
    test(name, async () => {
      const { share } = await world({ pathPrefix })
      const { url, token } = (await share('a', { videoId: 'cats' }, headers)).json()
      assert.equal(url, `${page}#/shared/${token}`)
    })
  check('is the one that was asked', { host: 'localhost:8080' }, 'http://localhost:8080/')
  check('is below a prefix', { host: 'localhost:8080' }, 'http://localhost:8080/tally/', '/tally')
  check(
    'is that of a trusted proxy',
    { host: 'localhost', 'x-forwarded-proto': 'https' },
    'https://localhost/',
  )
})

describe('a question for a link is refused', () => {
  const check = (body: unknown, parameter: string) =>
    test(JSON.stringify(body), async () => {
      const { share } = await world()
      const answer = await share('a', body)
      assert.equal(answer.statusCode, 400)
      assert.ok(
        answer.json().errors.some((fault: { parameter: string }) => fault.parameter === parameter),
        answer.body,
      )
    })
  check([], 'body')
  check({}, 'videoId')
  check({ videoId: 'cats', channelId: 'Pets' }, 'videoId')
  check({ videoId: 7 }, 'videoId')
  check({ channelId: '' }, 'channelId')
  for (const expiresIn of ['P91D', 'PT2161H', 'P0D', 'PT0H', 'PT59M', 'P1DT1H', '7d', 7, null, ''])
    check({ videoId: 'cats', expiresIn }, 'expiresIn')
})

test('the longest link lasts 90 days', async () => {
  const { share } = await world()
  for (const expiresIn of ['P90D', 'PT2160H']) {
    const { expiresAt } = (await share('a', { videoId: 'cats', expiresIn })).json()
    assert.equal(Date.parse(expiresAt), NOW_MS + 90 * DAY_MS)
  }
})
