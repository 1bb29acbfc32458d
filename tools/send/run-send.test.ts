import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { type DoorOptions, NOW_MS, openDoor } from '../../testing/door-fixture.ts'
import { keyRing } from '../../testing/key-ring.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { send } from './run-send.ts'
import { parseOptions } from './send-flags.ts'

const TIME = new Date(NOW_MS).toISOString()
const event = (id: string, more: object = {}) =>
  JSON.stringify({ id, videoId: 'v', type: 'view', time: TIME, ...more })

/** Sends a file of this content to a new front door, `times` times. */
async function sending(
  content: string | Buffer,
  { door = {}, flags = [], times = 1 }: Partial<Sending> = {},
) {
  await using directory = await temporaryDirectory()
  const file = join(directory.path, 'events')
  await writeFile(file, content)
  const { app, stored } = openDoor(door)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const told: string[] = []
  let drawn = ''
  const screen = {
    isTTY: true,
    write: (text: string) => {
      drawn += text
    },
  }
  try {
    const options = parseOptions([file, '--url', url, ...flags], undefined)
    let sent = await send(options, screen, (line) => told.push(line))
    for (let i = 1; i < times; i++) sent = await send(options, screen, (line) => told.push(line))
    return { sent, told, drawn, events: (await stored()).map((one) => one.event) }
  } finally {
    await app.close()
  }
}

type Sending = { readonly door: DoorOptions; readonly flags: readonly string[]; readonly times: number }

test('lines are sent, and those that are refused are told with their number and reason', async () => {
  const lines = [event('a', { value: 1.5 }), '', '{"id":', event('b', { type: 'VIEW' }), '5', event('c')]
  const { sent, told, events, drawn } = await sending(lines.join('\n'))
  assert.deepEqual(sent, { accepted: 2, late: 0, refused: 3 })
  assert.deepEqual(
    events.map(({ id, valueThousandths }) => [id, valueThousandths]),
    [
      ['a', 1_500],
      ['c', null],
    ],
  )
  assert.deepEqual(
    told.map((line) => line.slice(0, 24)),
    ['line 3: not a JSON objec', 'line 5: not a JSON objec', 'line 4: invalid_type: ty'],
  )
  assert.match(drawn, /100%/)
})

test('CSV is known by its content, gzip too, and its fields go where they belong', async () => {
  const rows = [
    'id,videoId,time,type,value,viewerId,attributes',
    `a,v,${TIME},like,2.5,u,"{""country"":""DE""}"`,
    `b,v,${NOW_MS},,,,`,
    `c,v,${TIME},,x,,`,
    'd,v',
  ]
  const csv = `${rows.join('\n')}\n`
  const { sent, told, events, drawn } = await sending(gzipSync(csv))
  assert.match(drawn, /100% {2}5 lines/)
  assert.deepEqual(sent, { accepted: 2, late: 0, refused: 2 })
  assert.deepEqual(
    told.map((line) => line.split(':')[0]),
    ['line 4', 'line 5'],
  )
  const [first, second] = events.sort((a, b) => (a.id < b.id ? -1 : 1))
  assert.deepEqual([first!.type, first!.valueThousandths, first!.viewerId], ['like', 2_500, 'u'])
  assert.equal(first!.attributes, '{"country":"DE"}')
  assert.deepEqual([second!.type, second!.timeMs, second!.valueThousandths], ['view', NOW_MS, null])
})

test('a row with a source or a tenant, which would be lost, is refused', async () => {
  const rows = [
    'id,videoId,time,event_source,tenant',
    `a,v,${TIME},/x,`,
    `a,v,${TIME},/y,`,
    `b,v,${TIME},,acme`,
    `c,v,${TIME},,`,
  ]
  const { sent, told, events } = await sending(rows.join('\n'))
  assert.deepEqual(sent, { accepted: 1, late: 0, refused: 3 })
  assert.deepEqual(
    events.map(({ id }) => id),
    ['c'],
  )
  assert.deepEqual(told, [
    'line 2: source cannot be sent with an event: use npm run import',
    'line 3: source cannot be sent with an event: use npm run import',
    'line 4: tenant cannot be sent with an event: use npm run import',
  ])
})

test('columns of other names are chosen', async () => {
  const flags = ['--columns', 'videoId=clip,time=at']
  const { events } = await sending(`clip,at\nv9,${TIME}\n`, { flags })
  assert.deepEqual(
    events.map(({ videoId }) => videoId),
    ['v9'],
  )
})

test('a file that is sent again has the same ids, and equal lines have different ones', async () => {
  const line = JSON.stringify({ videoId: 'v', type: 'view', time: TIME })
  const { events } = await sending(`${line}\n${line}\n`, { times: 2 })
  assert.equal(events.length, 4)
  assert.equal(new Set(events.map(({ id }) => id)).size, 2)
})

test('more events than a request holds are sent, and of many refused rows the first are told', async () => {
  const lines = Array.from({ length: 5_000 }, (_, i) => event(i % 100 === 7 ? 'no spaces' : `e${i}`))
  const { sent, told, events } = await sending(lines.join('\n'))
  assert.deepEqual([sent.accepted, sent.refused, events.length], [4_950, 50, 4_950])
  assert.equal(told.length, 21)
  assert.match(told[0]!, /^line 8: invalid_id: id must be/)
  assert.equal(told.at(-1), '… and 30 more')
})

test('without the key of the server nothing is sent, and it is said why', async () => {
  const door = { keys: keyRing('a-key=acme') }
  await assert.rejects(sending(event('a'), { door }), /0 events are stored.*from line 1 on/)
  const { sent } = await sending(event('a'), { door, flags: ['--key', 'a-key'] })
  assert.equal(sent.accepted, 1)
})

test('wrong use is told all at once', () => {
  assert.throws(
    () => parseOptions(['a', 'b', '--url', 'x', '--columns', 'y'], undefined),
    (error: Error) => {
      for (const part of [/b is one file too many/, /--url/, /columns/]) assert.match(error.message, part)
      return true
    },
  )
  assert.throws(() => parseOptions([], undefined), /name a file/)
})
