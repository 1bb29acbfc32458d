import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { temporaryDirectory } from '../testing/temporary-directory.ts'
import { type Environment, SettingsReader } from './settings-reader.ts'

function secretOf(environment: Environment): string | undefined {
  const read = new SettingsReader(environment)
  const secret = read.secret('API_KEYS')
  read.check()
  return secret
}

test('A secret is in a variable or in a file, and never in both', async () => {
  await using directory = await temporaryDirectory()
  const [file, empty] = [join(directory.path, 'keys'), join(directory.path, 'empty')]
  await writeFile(file, ' sesame=acme\n')
  await writeFile(empty, '\n')
  assert.equal(secretOf({}), undefined)
  assert.equal(secretOf({ API_KEYS: 'k=acme' }), 'k=acme')
  assert.equal(secretOf({ API_KEYS_FILE: file }), 'sesame=acme')
  assert.throws(() => secretOf({ API_KEYS: 'k=acme', API_KEYS_FILE: file }), /are both set: leave one out/)
  assert.throws(() => secretOf({ API_KEYS_FILE: empty }), /API_KEYS_FILE: .*empty is empty/)
  assert.throws(() => secretOf({ API_KEYS_FILE: '/not/there' }), /API_KEYS_FILE: ENOENT/)
})

test('A secret with a form of its own is read from a file too, and is not in what is said of it', async () => {
  await using directory = await temporaryDirectory()
  const file = join(directory.path, 'keys')
  await writeFile(file, 'sesame')
  const read = new SettingsReader({ API_KEYS_FILE: file })
  const refuse = () => {
    throw new Error('must be a list')
  }
  assert.equal(read.parsedSecret('API_KEYS', refuse, 'none'), 'none')
  assert.throws(() => read.check(), { message: /API_KEYS: must be a list$/ })
})
