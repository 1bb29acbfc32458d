import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { it } from 'node:test'

const MODULE = new URL('./command-line.ts', import.meta.url)
const FLAGS = new URL('./flags.ts', import.meta.url)
const PROGRAM = `
  import { commandLine } from '${MODULE}'
  import { text } from '${FLAGS}'
  const { values } = commandLine({ usage: 'how it is used', flags: { size: text('N', 'how large') } })
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
const HELP = /^how it is used\n\n {2}--size N {3}how large\n$/
check('what is asked for is done', ['--size', '3'], [0, /^size 3\n$/, NOTHING])
check('--help says how it is used, and nothing is done', ['--size', '3', '--help'], [0, HELP, NOTHING])
check('-h too', ['-h'], [0, HELP, NOTHING])
check(
  'what is not understood is named, without a stack trace',
  ['--sise', '3'],
  [2, NOTHING, /^there is no flag --sise\n3 belongs to no flag\n\nhow it is used\n/],
)
check('so is what belongs to no flag', ['3'], [2, NOTHING, /^3 belongs to no flag\n\nhow it is used\n/])
