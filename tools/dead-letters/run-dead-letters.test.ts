import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { anEvent, DeadWorld, encodedEvent, recordOf } from '../../testing/dead-letter-fixture.ts'
import { timeOf } from '../../testing/event-fixture.ts'
import { keyRing } from '../../testing/key-ring.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { parseOptions } from './dead-letters-options.ts'
import { run } from './run-dead-letters.ts'
import { printable } from './text.ts'

const NOON = timeOf('12:00:00')

/** Runs a command against a new server over a world. */
async function command(world: DeadWorld, ...args: string[]) {
  if (!world.app.server.listening) await world.app.listen({ host: '127.0.0.1', port: 0 })
  const { port } = world.app.server.address() as { port: number }
  const lines: string[] = []
  const options = parseOptions([...args, '--url', `http://127.0.0.1:${port}/`], undefined)
  const done = await run(options, (line) => lines.push(...line.split('\n')))
  return { done, lines }
}

async function closed<T>(world: DeadWorld, work: (world: DeadWorld) => Promise<T>): Promise<T> {
  try {
    return await work(world)
  } finally {
    await world.app.close()
  }
}

const sound = (id: string) => encodedEvent(anEvent({ timeMs: NOON, id }))

describe('the command', () => {
  test('lists, shows, replays and discards', () =>
    closed(new DeadWorld(), async (world) => {
      const first = await world.bury({ bytes: sound('e1'), reason: 'time_in_future' })
      const second = await world.bury({})
      const { lines } = await command(world, 'list')
      assert.deepEqual(lines, [
        'ID            STATE  PUT ASIDE                 REASON             KIND   VIDEO  TYPE  EVENT',
        '00000002-0:1  open   2026-11-21T12:00:00.000Z  not_single_object  event  –      –     –',
        '00000002-0:0  open   2026-11-21T12:00:00.000Z  time_in_future     event  cats   view  e1',
      ])
      const shown = (await command(world, 'show', first)).lines
      assert.ok(shown.includes('an event that can be read today'))
      assert.ok(shown.includes('  videoId    "cats"'))
      assert.match(shown.at(-3)!, /^000000 {2}c3 01 .* {2}\.\./)

      assert.deepEqual(await command(world, 'replay', first, second), {
        done: false,
        lines: [`${first}  replayed: 1 stored`, `${second}  refused: unreadable: not_single_object.`],
      })
      const discarded = await command(world, 'discard', second, '--reason', 'noise', '--json')
      assert.equal(JSON.parse(discarded.lines[0]!).lastAct.reason, 'noise')
      assert.deepEqual((await command(world, 'list')).lines, ['no such letters'])
      assert.equal((await command(world, 'list', '--state', 'all', '--json')).lines.length, 2)
      await world.count()
      assert.equal((await world.views('cats'))?.count, 1)
    }))

  test('replays all, over many pages, and names those that were refused', () =>
    closed(new DeadWorld(), async (world) => {
      for (let i = 0; i < 450; i++) await world.bury({ bytes: sound(`e${i}`) })
      const id = await world.bury({})
      const { done, lines } = await command(world, 'replay', '--all')
      assert.equal(done, false)
      assert.equal(lines[0], '450 replayed, 1 refused')
      assert.match(lines[2]!, new RegExp(`^${id}  unreadable`))
      await world.count()
      assert.equal((await world.views('cats'))?.count, 450)
    }))

  test('fixes by a script: shown first, replayed with --apply', () =>
    closed(new DeadWorld(), async (world) => {
      await using directory = await temporaryDirectory()
      const script = join(directory.path, 'fix.ts')
      const source = `export const fix = ({ event, reason }: { event: object; reason: string }) =>
        reason === 'time_in_future' ? { ...event, value: 7 } : null`
      await writeFile(script, source)
      const id = await world.bury({ bytes: sound('e1'), reason: 'time_in_future' })
      await world.bury({ bytes: sound('e2'), reason: 'other' })
      await world.bury({ bytes: recordOf(), origin: 'record', index: -1, reason: 'time_in_future' })
      const dry = await command(world, 'fix', '--script', script)
      assert.match(dry.lines[1]!, new RegExp(`^${id} .*"value":7} +not yet$`))
      assert.match(dry.lines.at(-1)!, /--apply/)
      assert.equal((await world.journal.latest('dead-letters', 1)).length, 0)
      const { lines } = await command(world, 'fix', '--script', script, '--apply', '--json')
      assert.equal(JSON.parse(lines[0]!).result, 'replayed')
      await world.count()
      assert.equal((await world.views('cats'))?.sum, 7_000n)
    }))

  test('says what is wrong with a script', () =>
    closed(new DeadWorld(), async (world) => {
      await using directory = await temporaryDirectory()
      await world.bury({})
      const script = join(directory.path, 'fix.mjs')
      const check = async (source: string, expected: RegExp) => {
        await writeFile(script, source)
        await assert.rejects(command(world, 'fix', '--script', `${script}`), {
          name: 'Fault',
          message: expected,
        })
      }
      await check('export const other = 1', /exports no function fix/)
      await assert.rejects(command(world, 'fix', '--script', 'none.ts'), { message: /cannot be loaded/ })
      await writeFile(join(directory.path, 'throws.mjs'), 'export function fix() { throw new Error("oh") }')
      await assert.rejects(command(world, 'fix', '--script', join(directory.path, 'throws.mjs')), {
        message: /fix fails on 00000002-0:0: oh/,
      })
    }))

  test('needs an admin key where keys are on', () => {
    const keys = keyRing(undefined, 'root')
    return closed(new DeadWorld({}, { keys }), async (world) => {
      await assert.rejects(command(world, 'list'), { name: 'Fault', message: /answers 401/ })
      assert.deepEqual((await command(world, 'list', '--key', 'root')).lines, ['no such letters'])
    })
  })

  test('says so where no server answers', async () => {
    const options = parseOptions(['list', '--url', 'http://127.0.0.1:9'], undefined)
    await assert.rejects(
      run(options, () => {}),
      { name: 'Fault', message: /does not answer/ },
    )
  })
})

describe('the command line', () => {
  const check = (args: string[], expected: RegExp) =>
    test(args.join(' '), () => assert.throws(() => parseOptions(args, undefined), { message: expected }))

  check(['lst', '--limit', '0', '--state', 'x', '--url', 'y'], /name one of.*\n--limit.*\n--state.*\n--url/)
  check(['show'], /show needs the id/)
  check(['replay'], /either the ids of letters or --all/)
  check(['replay', 'x', '--all'], /either the ids of letters or --all/)
  check(['discard', 'x'], /needs --reason/)
  check(['fix'], /needs --script/)
  check(['list', 'x'], /takes no ids/)
  check(['list', '--what'], /what/)

  test('takes the key from the environment', () => {
    assert.equal(parseOptions(['list'], 'secret').key, 'secret')
  })
})

test('no control character of a letter reaches the terminal', () => {
  assert.equal(printable('a\u001b[2Jb\u202ec'), 'a\\u{1b}[2Jb\\u{202e}c')
})
