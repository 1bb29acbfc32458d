import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { NO_KEYS } from '../../lib/http/keys/key-ring.ts'
import { buildServer } from '../../lib/http/server.ts'
import { DAY_MS, MINUTE_MS } from '../../model/bucket.ts'
import { registerLayouts } from '../../services/partitioner/layouts/layout-routes.ts'
import { openFileLayouts } from '../../stores/layouts/file-layouts.ts'
import { ManualClock } from '../../testing/manual-clock.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { parseOptions } from './layouts-options.ts'
import { run } from './run-layouts.ts'

async function setUp() {
  const directory = await temporaryDirectory()
  const clock = new ManualClock()
  const layouts = await openFileLayouts({
    ...{ path: join(directory.path, 'layouts.json'), clock, isUsed: false },
    wanted: { partitions: 8, splits: new Map(), dedicated: new Map() },
    aheadMs: MINUTE_MS,
    retentionMs: DAY_MS,
    grow: async () => {},
  })
  const app = buildServer()
  registerLayouts(app, { layouts, clock, keys: NO_KEYS })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const command = async (...args: string[]) => {
    const lines: string[] = []
    const said: string[] = []
    await run(parseOptions([...args, '--url', url], undefined), {
      print: (line) => lines.push(...line.split('\n')),
      say: (line) => said.push(line),
    })
    return { lines, said }
  }
  const close = async () => {
    await app.close()
    await directory[Symbol.asyncDispose]()
  }
  return { clock, layouts, command, [Symbol.asyncDispose]: close }
}

test('splits, dedicates, merges and shows', async () => {
  await using world = await setUp()
  await world.command('split', '--video', 'hot', '--parts', '8')
  await world.command('dedicate', '--channel', 'c', '--parts', '2', '--tenant', 'acme')
  await world.command('merge', '--video', 'hot')
  const { lines } = await world.command('show')
  const columns = lines.map((line) => line.split(/ {2,}/))
  assert.deepEqual(columns[0]!.slice(0, 4), ['VERSION', 'FROM', 'STATE', 'SHARED'])
  assert.deepEqual(
    columns
      .slice(1)
      .map(([version, , state, shared, splits, channels]) => [version, state, shared, splits, channels]),
    [
      ['4', 'to come', '8', '–', 'acme/c=8–9'],
      ['3', 'to come', '8', 'hot=8', 'acme/c=8–9'],
      ['2', 'to come', '8', 'hot=8', '–'],
      ['1', 'in force', '8', '–', '–'],
    ],
  )
})

test('tells that another change was first, and tries again on top of it', async () => {
  await using world = await setUp()
  const change = world.layouts.change.bind(world.layouts)
  let isFirst = true
  world.layouts.change = async (wish, request) => {
    if (isFirst) await change({ act: 'split', video: 'other', parts: 2 }, request)
    isFirst = false
    return change(wish, request)
  }
  const { said } = await world.command('split', '--video', 'hot', '--parts', '8')
  assert.match(said[0]!, /Another change was first: there is layout 2 now/)
  const { splits } = world.layouts.current().at(-1)!
  assert.deepEqual(Object.fromEntries(splits), { other: 2, hot: 8 })
})

test('takes back what is to come, and nothing that somebody else has changed since', async () => {
  await using world = await setUp()
  await world.command('split', '--video', 'hot', '--parts', '8')
  const change = world.layouts.change.bind(world.layouts)
  let others = 1
  world.layouts.change = async (wish, request) => {
    if (others-- > 0) await change({ act: 'split', video: 'other', parts: 2 }, request)
    return change(wish, request)
  }
  await assert.rejects(world.command('withdraw'), /newest layout is version 3/)
  await world.command('withdraw')
  assert.deepEqual(Array.from(world.layouts.current().at(-1)!.splits.keys()), ['hot'])
})

test('says why a change cannot be made', async () => {
  await using world = await setUp()
  await assert.rejects(world.command('merge', '--video', 'hot'), /video hot is not split/)
  await assert.rejects(
    world.command('split', '--video', 'hot', '--parts', '2', '--from', '2020-01-01T00:00:00Z'),
    /from is too early/,
  )
})

test('reports every fault of its arguments together', () => {
  const check = (args: string[], faults: RegExp) => assert.throws(() => parseOptions(args, undefined), faults)
  check(['cut'], /name one of show, split, merge, dedicate, withdraw, not "cut"/)
  check(['split', '--channel', 'c'], /split needs --video\nsplit takes no --channel\nsplit needs --parts/)
  check(['merge'], /merge needs either --video or --channel/)
  check(['merge', '--video', 'v', '--channel', 'c'], /either/)
  check(['show', '--parts', '2'], /show takes no --parts/)
  check(['split', '--video', 'v', '--parts', '0'], /--parts must be a whole number from 1 to 1024/)
  check(['merge', '--video', 'v', '--from', 'noon'], /--from must be an RFC 3339 time/)
})
