import assert from 'node:assert/strict'
import { it } from 'node:test'
import { NO_KEYS } from '../../../lib/http/keys/key-ring.ts'
import { MINUTE_MS, MINUTES_PER_DAY } from '../../../model/bucket.ts'
import { AdminWorld } from '../../../testing/admin-fixture.ts'
import { atMinute, batchOf, DAY, viewerSha256 } from '../../../testing/archive-fixture.ts'
import { until } from '../../../testing/batch-world.ts'
import { keyRing } from '../../../testing/key-ring.ts'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import { EXPORTS_MAX } from './exports.ts'
import { LOT_BYTES_MAX } from './imports.ts'

const NOW_MS = (DAY + 3 * MINUTES_PER_DAY) * MINUTE_MS
const ID = '0123456789abcdef'

function test(name: string, run: (world: AdminWorld) => Promise<void>): void {
  it(name, async () => {
    await using directory = await temporaryDirectory()
    const world = new AdminWorld(NOW_MS, directory.path)
    await run(world).finally(() => world.app.close())
  })
}

const eventAt = (minute: number, id: string, videoId = 'v1') => ({
  ...{ id, videoId, type: 'view', time: minute * MINUTE_MS, value: 2.5 },
})

type Problem = { readonly detail: string; readonly errors: readonly { readonly code: string }[] }

async function refused(asked: Promise<Problem>, ...details: readonly RegExp[]): Promise<void> {
  const { detail } = await asked
  for (const words of details) assert.match(detail, words)
}

test('imports lot by lot, and says how far it has come', async (world) => {
  assert.deepEqual(await world.ask(200, 'GET', `imports/${ID}`), {
    ...{ id: ID, nextRow: 0, stored: 0, rejected: 0, firstRejected: [], done: false },
  })
  const first = await world.rows(200, ID, 0, [eventAt(DAY, 'a'), '{', { id: 'b' }, eventAt(DAY, 'c')])
  assert.deepEqual([first.nextRow, first.stored, first.rejected], [4, 2, 2])
  assert.deepEqual(
    first.rejectedRows.map(({ index, code }: { index: number; code: string }) => [index, code]),
    [
      [1, 'invalid_event'],
      [2, 'invalid_video_id'],
    ],
  )
  const again = await world.rows(200, ID, 0, [eventAt(DAY, 'a')])
  assert.deepEqual([again.nextRow, again.stored], [4, 2], 'a lot that is sent again changes nothing')
  await refused(world.rows(400, ID, 9, [eventAt(DAY, 'z')]), /from must be 4/)
  await world.rows(200, ID, 4, [eventAt(DAY + 60, 'd')], '&tenant=acme')
  const ended = await world.ask(200, 'POST', `imports/${ID}/end`)
  assert.deepEqual([ended.stored, ended.done], [3, true])
  assert.equal((await world.rows(200, ID, 5, [eventAt(DAY, 'e')])).stored, 3, 'nothing more is taken')
  await world.run(DAY + 120)
  assert.equal(await world.rollup('day', DAY), 2)
  assert.equal(await world.rollup('day', DAY, { tenant: 'acme', videoId: 'v1', type: 'view' }), 1)
})

test('imports events of one id from several sources and types as what they are', async (world) => {
  const named = [{ source: '/a' }, { source: '/b' }, { source: '/a' }, {}, { source: null }, { type: 'like' }]
  const events = named.map((fields) => ({ ...eventAt(DAY, 'a'), ...fields }))
  const { stored, rejectedRows } = await world.rows(200, ID, 0, [...events, { ...events[0], source: 'a b' }])
  assert.equal(stored, events.length)
  assert.deepEqual(rejectedRows, [
    { index: events.length, code: 'invalid_id', detail: rejectedRows[0]?.detail },
  ])
  assert.match(rejectedRows[0]?.detail ?? '', /^source must be a URI-reference/)
  await world.run(DAY + 120)
  assert.equal(await world.rollup('day', DAY), 3)
  assert.equal(await world.rollup('day', DAY, { tenant: '', videoId: 'v1', type: 'like' }), 1)
})

it('imports events from before sources belong to names as the front door took them', async () => {
  await using directory = await temporaryDirectory()
  const world = new AdminWorld(NOW_MS, directory.path, NO_KEYS, (DAY + 1) * MINUTE_MS)
  await world.archive.store(batchOf('0badcafe-0', 'events', [atMinute(DAY, { id: 'a' })]))
  const rows = [DAY, DAY + 1].flatMap((minute) => {
    return ['/a', '/b'].map((source) => ({ ...eventAt(minute, 'a'), source }))
  })
  await world.rows(200, ID, 0, rows)
  await world.run(DAY + 120)
  assert.equal(await world.rollup('day', DAY), 3)
  await world.app.close()
})

test('refuses imports that it cannot read, and says why', async (world) => {
  await world.ask(404, 'GET', 'imports/cats')
  await refused(world.rows(400, ID, -1, []), /from must be the number of the first row/)
  await refused(
    world.rows(400, ID, 0, [], '&tenant=a%20b&colour=red'),
    /tenant must be/,
    /colour is not known/,
  )
  await refused(world.rows(413, ID, 0, ['1'.repeat(LOT_BYTES_MAX + 1)]), /Send at most 8388608 bytes/)
  const headers = { 'content-type': 'application/json' }
  await world.ask(400, 'POST', `imports/${ID}/rows?from=0`, { payload: '[]', headers })
})

test('a lot is bounded by its bytes alone, and takes what it does not hold yet', async (world) => {
  const lines = Array.from({ length: 60_000 }, (_, i) => eventAt(DAY, `e${i}`))
  const { nextRow, stored } = await world.rows(200, ID, 0, lines)
  assert.deepEqual([nextRow, stored], [60_000, 60_000])
  const overlapping = [eventAt(DAY, 'e59999'), eventAt(DAY, 'new'), '{']
  const { rejectedRows, ...state } = await world.rows(200, ID, 59_999, overlapping)
  assert.deepEqual([state.nextRow, state.stored, state.rejected], [60_002, 60_001, 1])
  assert.equal(rejectedRows[0].index, 60_001)
})

test('a row that is longer than any event is refused, and not the lot', async (world) => {
  const keys = Object.fromEntries(Array.from({ length: 10_000 }, (_, at) => [`key-${at}`, 1]))
  const { nextRow, stored, rejectedRows } = await world.rows(200, ID, 0, [keys, eventAt(DAY, 'e')])
  assert.deepEqual([nextRow, stored], [2, 1])
  assert.deepEqual([rejectedRows[0].index, rejectedRows[0].code], [0, 'too_large'])
})

test('a row of an import may say whose it is', async (world) => {
  const rows = [
    eventAt(DAY, 'a'),
    { ...eventAt(DAY, 'a'), tenant: 'acme' },
    { ...eventAt(DAY, 'b'), tenant: ' ' },
  ]
  const { stored, rejectedRows } = await world.rows(200, ID, 0, rows, '&tenant=other')
  assert.deepEqual([stored, rejectedRows[0].index], [2, 2])
  assert.match(rejectedRows[0]?.detail ?? '', /tenant must be the name of a tenant/)
  await world.run(DAY + 60)
  for (const tenant of ['acme', 'other']) {
    assert.equal(await world.rollup('hour', DAY, { tenant, videoId: 'v1', type: 'view' }), 1)
  }
})

test('does not import what cannot be counted any more', async (world) => {
  await world.archive.store(batchOf('a-0', 'events', [atMinute(DAY)]))
  const [audit] = (await world.run(DAY + 60)).audits
  await world.rollups.writeHours([{ ...audit!, purged: true, version: audit!.version + 1 }])
  await world.ask(202, 'DELETE', 'videos/gone')
  const lot = [eventAt(DAY, 'a'), eventAt(DAY + 60, 'b', 'gone'), eventAt(DAY + 60, 'c')]
  const { stored, rejectedRows } = await world.rows(200, ID, 0, lot)
  assert.equal(stored, 1)
  assert.deepEqual(
    rejectedRows.map(({ code }: { code: string }) => code),
    ['hour_purged', 'video_removed'],
  )
})

test('a recount on demand has ended when the counts reach to where it was asked', async (world) => {
  const { clock, archive, layer } = world
  await archive.store(batchOf('late-0', 'events-late', [atMinute(DAY, { logTimeMs: NOW_MS })]))
  world.countedMs = 0
  const { run } = await world.ask(202, 'POST', 'recount')
  layer.reconciler.lead(true)
  const ended = async () => (await world.ask(200, 'GET', 'recount')).ended >= run
  await until(clock, () => layer.reconciler.latest !== null)
  assert.equal(await ended(), false, 'runs go on without the counts, and find nothing to recount')
  assert.equal(await world.rollup('hour', DAY), null)
  world.countedMs = null
  await until(clock, ended)
  assert.equal(await world.rollup('hour', DAY), 1)
  await layer.reconciler.stop()
})

test('recounts on demand, and says what came of it', async (world) => {
  assert.deepEqual(await world.ask(200, 'GET', 'recount'), { begun: 0, ended: 0, latest: null })
  assert.deepEqual(await world.ask(202, 'POST', 'recount'), { run: 1 })
  await world.archive.store(batchOf('late-0', 'events-late', [atMinute(DAY, { logTimeMs: NOW_MS })]))
  await world.layer.reconciler.runOnce()
  const { ended, latest } = await world.ask(200, 'GET', 'recount')
  assert.deepEqual([ended, latest.hours, latest.lateApplied, latest.unexplained], [1, 1, 1, 0])
  const range = { startTime: DAY * MINUTE_MS, endTime: (DAY + 1) * MINUTE_MS }
  assert.deepEqual(await world.ask(202, 'POST', 'recount', { payload: range }), { run: 2 })
  assert.equal((await world.layer.reconciler.runOnce()).audits.length, 1)
  await refused(world.ask(400, 'POST', 'recount', { payload: { startTime: 5 } }), /go together/)
  for (const payload of ['null', '[]', '"x"', '{"startTime":[5],"endTime":[6]}', '{"startTime":null}']) {
    const json = { payload, headers: { 'content-type': 'application/json' } }
    await refused(world.ask(400, 'POST', 'recount', json), /JSON object|must be an RFC 3339 time/)
  }
  await refused(world.ask(400, 'POST', 'recount', { payload: { startTime: 5, endTime: 1 } }), /not lie after/)
  const seconds = { startTime: 1_759_658_400, endTime: 1_759_744_800 }
  await refused(world.ask(400, 'POST', 'recount', { payload: seconds }), /It looks like seconds/)
  await refused(world.ask(400, 'GET', 'privacy?endTime=1759744800'), /It looks like seconds/)
  await refused(
    world.ask(400, 'POST', 'recount', { payload: { startTime: 'x', hour: 1 } }),
    /startTime must/,
    /hour/,
  )
})

test('removes videos and forgets viewers, and lists what was done', async (world) => {
  await world.counts.write('a-0', [
    {
      bucket: { tenant: 'acme', videoId: 'a/b', type: 'view', minute: DAY },
      total: { count: 3, values: 0, sum: 0n, min: null, max: null, upTo: 1 },
    },
  ])
  const removed = await world.ask(202, 'DELETE', 'videos/a%2Fb?tenant=acme')
  assert.deepEqual(
    [removed.act, removed.videoId, removed.state, removed.by],
    ['remove-video', 'a/b', 'pending', null],
  )
  assert.equal(await world.minute(DAY, { tenant: 'acme', videoId: 'a/b', type: 'view' }), 0)
  world.clock.advance(10)
  const forgotten = await world.ask(202, 'DELETE', 'viewers/anna')
  assert.equal(forgotten.viewerSha256, viewerSha256('anna'))
  const { acts } = await world.ask(200, 'GET', 'privacy')
  assert.deepEqual(acts, [forgotten, removed])
  assert.deepEqual((await world.ask(200, 'GET', 'privacy?limit=1')).acts, [forgotten])
  const before = `privacy?endTime=${encodeURIComponent(forgotten.askedAt)}`
  assert.deepEqual((await world.ask(200, 'GET', before)).acts, [removed])
  await refused(world.ask(400, 'GET', 'privacy?limit=0&endTime=x'), /limit must be/, /endTime must be/)
  await refused(world.ask(400, 'DELETE', 'videos/%00'), /videoId must be text/)
  await refused(world.ask(400, 'DELETE', `viewers/${'x'.repeat(129)}?tenant=%20`), /viewerId|tenant/)
})

test('says so where an act cannot be noted, and does nothing', async (world) => {
  await world.streamed(DAY, 3)
  world.journal.append = () => Promise.reject(new Error('away'))
  await world.ask(503, 'DELETE', 'videos/v1')
  assert.equal(await world.minute(DAY), 3)
})

const RANGE = `startTime=${DAY * MINUTE_MS}&endTime=${(DAY + 90) * MINUTE_MS}`

test('hands out counts as queries would answer them', async (world) => {
  const odd = { tenant: '', videoId: 'a "b", c', type: 'view' }
  await world.streamed(DAY + 61, 4, odd)
  await world.streamed(DAY + 200, 9)
  await world.archive.store(batchOf('a-0', 'events', [atMinute(DAY, { valueThousandths: -5 })]))
  await world.archive.store(
    batchOf('a-0', 'events', [atMinute(DAY + 1, { offset: 1, valueThousandths: 1_500 })]),
  )
  await world.run(DAY + 60)
  assert.deepEqual((await world.download(`counts?${RANGE}&format=csv`)).split('\r\n'), [
    'tenant,video_id,type,start,count,values,sum,min,max',
    ',"a ""b"", c",view,2023-11-14T01:00:00Z,4,0,0.000,,',
    ',v1,view,2023-11-14T00:00:00Z,2,2,1.495,-0.005,1.500',
    '',
  ])
  const minutes = await world.download(`counts?${RANGE}&format=csv&resolution=minute`)
  assert.equal(minutes.split('\r\n').length, 5)
  const parquet = await world.download(`counts?${RANGE}&resolution=day`)
  assert.ok(parquet.startsWith('PAR1') && parquet.endsWith('PAR1'))
})

test('hands out raw events, and refuses more exports at once than there may be', async (world) => {
  const path = `raw?${RANGE}&format=csv`
  assert.equal(await world.download(path), `csv of ${DAY} to ${DAY + 90}`)
  const { promise, resolve } = Promise.withResolvers<void>()
  world.gate = promise
  const url = `${await world.url()}/v1/admin/exports/${path}`
  const asked = Array.from({ length: EXPORTS_MAX + 1 }, () => fetch(url))
  assert.equal((await Promise.race(asked)).status, 503)
  resolve()
  const statuses = (await Promise.all(asked)).map(({ status }) => status)
  assert.equal(statuses.filter((status) => status === 200).length, EXPORTS_MAX)
})

test('refuses exports that it does not understand', async (world) => {
  await refused(
    world.ask(400, 'GET', 'exports/raw?format=xml'),
    /startTime is required/,
    /endTime/,
    /format must/,
  )
  await refused(world.ask(400, 'GET', 'exports/raw?startTime=2&endTime=1'), /must not be after/)
  await refused(
    world.ask(400, 'GET', 'exports/raw?startTime=1759658400&endTime=1759744800'),
    /It looks like seconds/,
  )
  await refused(world.ask(400, 'GET', `exports/counts?${RANGE}&resolution=week`), /resolution must be one of/)
})

it('is for admins alone where there are keys, and names who did what', async () => {
  await using directory = await temporaryDirectory()
  const keys = keyRing('key=tenant', 'root')
  const world = new AdminWorld(NOW_MS, directory.path, keys)
  const paths = [
    ['GET', `imports/${ID}`],
    ['GET', 'recount'],
    ['GET', 'privacy'],
    ['GET', `exports/raw?${RANGE}`],
    ['DELETE', 'videos/v1'],
    ['DELETE', 'viewers/v1'],
  ] as const
  for (const [method, path] of paths) {
    await world.ask(401, method, path)
    await world.ask(403, method, path, { headers: { 'x-api-key': 'key' } })
  }
  assert.deepEqual(await world.acts.latest(10), [])
  const { by } = await world.ask(202, 'DELETE', 'videos/v1', { headers: { 'x-api-key': 'root' } })
  assert.match(by, /^[0-9a-f]{8}$/)
  await world.app.close()
})
