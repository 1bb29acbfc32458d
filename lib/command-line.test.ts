import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { it } from 'node:test'

const MODULE = new URL('./command-line.ts', import.meta.url)
const PROGRAM = `
  import { commandLine } from '${MODULE}'
  const { values } = commandLine('how it is used', { options: { size: { type: 'string' } } })
  console.log('size', values.size)`

function check(name: string, args: readonly string[], [status, stdout, stderr]: [number, RegExp, RegExp]) {
  it(name, () => {
    const command = ['--input-type=module-typescript', '-', ...args]
    const ran = spawnSync(process.execPath, command, { input: PROGRAM, encoding: 'utf8' })
    assert.equal(ran.status, status, ran.stderr)
    assert.match(ran.stdout, stdout)
    assert.match(ran.stderr, stderr)
  })
}

const NOTHING = /^$/
check('what is asked for is done', ['--size', '3'], [0, /^size 3\n$/, NOTHING])
check(
  '--help says how it is used, and nothing is done',
  ['--size', '3', '--help'],
  [0, /^how it is used\n$/, NOTHING],
)
check('-h too', ['-h'], [0, /^how it is used\n$/, NOTHING])
check(
  'what is not understood is named, without a stack trace',
  ['--sise', '3'],
  [2, NOTHING, /^Unknown option '--sise'[^\n]*\n\nhow it is used\n$/],
)
check(
  'so is what belongs to no flag',
  ['3'],
  [2, NOTHING, /^Unexpected argument '3'[^\n]*\n\nhow it is used\n$/],
)
