// The lines that follow `ready`, run as they stand.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import type { Environment } from '../../lib/settings-reader.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { readSettings } from './settings.ts'
import { startStandalone } from './standalone.ts'

const KEY = 'k-0123456789abcdef'

async function run(line: string): Promise<string> {
  const { stdout } = await promisify(execFile)('sh', ['-c', `${line} -s -w '%{http_code}'`], {
    env: { ...process.env, KEY },
  })
  return stdout
}

async function check(environment: Environment): Promise<void> {
  await using directory = await temporaryDirectory()
  const where = { HOST: '127.0.0.1', PORT: '0', DATA_DIR: directory.path, PROBE_INTERVAL_S: '0' }
  const running = await startStandalone(readSettings({ ...where, ...environment }))
  try {
    const hints = Object.fromEntries(running.hints!.map((line) => [line.slice(0, 4).trim(), line.slice(6)]))
    assert.equal(hints.data, directory.path)
    assert.match(await run(`curl ${hints.page}`), /<!doctype html>[\s\S]*200$/i)
    assert.match(await run(`curl ${hints.docs}`), /200$/)
    assert.match(await run(hints.send!), /"accepted":1.*202$/)
    assert.match(await run(hints.ask!), /"value":.*200$/)
  } finally {
    await running.stop()
  }
}

test('what is printed at the start can be pasted', () => check({}))

test('so it can where keys are on', () => check({ API_KEYS: `${KEY}=alice` }))
