import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import type { Entry } from './database-copy.ts'
import { fillDatabase, LevelDatabase, type Operation } from './level-database.ts'

const NUMBERS = Array.from({ length: 2_500 }, (_, i) => `key-${String(i).padStart(4, '0')}`)
const put = (key: string, value: number): Operation => ({ type: 'put', key, value: Uint8Array.of(value) })

async function entriesOf(lots: AsyncIterable<readonly Entry[]>): Promise<[string, string][]> {
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')
  return (await Array.fromAsync(lots)).flat().map(([key, value]) => [text(key), text(value)])
}

test('a copy holds what was there when it was made, whatever is written later', async () => {
  await using directory = await temporaryDirectory()
  const database = await LevelDatabase.open(join(directory.path, 'one'), () => [])
  await database.write(NUMBERS.map((key) => put(key, 1)))
  await using copy = database.copy()
  await database.write([put('key-0000', 2), put('later', 2), { type: 'del', key: 'key-0001' }])
  assert.equal((await copy.get('key-0000'))?.[0], 1)
  assert.equal(await copy.get('later'), undefined)
  const held = (await entriesOf(copy.entries())).filter(([key]) => !key.startsWith('!'))
  assert.deepEqual(
    held,
    NUMBERS.map((key) => [key, '\x01']),
  )
  await database.close()
})

test('a database that is made of a copy holds the same, and has a mark of its own', async () => {
  await using directory = await temporaryDirectory()
  const [one, two] = [join(directory.path, 'one'), join(directory.path, 'two')]
  const database = await LevelDatabase.open(one, () => [])
  await database.write([put('v\u0000\u{10ffff}', 7), put('other', 255)])
  await using copy = database.copy()
  await fillDatabase(two, copy.entries())
  const made = await LevelDatabase.open(two, () => assert.fail('it is not new'))
  assert.equal(made.state, 'sound')
  await using again = made.copy()
  assert.deepEqual(await entriesOf(again.entries()), await entriesOf(copy.entries()))
  await made.write([put('later', 1)])
  await made.close()
  const reopened = await LevelDatabase.open(two, () => [])
  assert.equal(reopened.state, 'sound')
  for (const each of [database, reopened]) await each.close()
})

test('entries without the first, or none at all, are not a database', async () => {
  await using directory = await temporaryDirectory()
  const lots: [string, (readonly Entry[])[]][] = [
    ['part', [[[Buffer.from('key'), Buffer.from('value')]]]],
    ['none', []],
  ]
  for (const [name, given] of lots) {
    const filling = fillDatabase(
      join(directory.path, name),
      (async function* () {
        yield* given
      })(),
    )
    await assert.rejects(filling, { name: 'DataDirectoryError', code: 'damaged' })
  }
})
