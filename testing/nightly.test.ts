import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const MODULE = new URL('nightly.ts', import.meta.url).href
const PROGRAM = `console.log((await import(${JSON.stringify(MODULE)})).LEFT_TO_NIGHTLY)`

function leftWhere(environment: Readonly<Record<string, string>>): string {
  const { LEAVE_TO_NIGHTLY: _, ...env } = { ...process.env }
  const args = ['--input-type=module', '--eval', PROGRAM]
  return execFileSync(process.execPath, args, { env: { ...env, ...environment }, encoding: 'utf8' }).trim()
}

test('a test is left out where CI says so, with a reason that is shown, and nowhere else', () => {
  assert.equal(leftWhere({ LEAVE_TO_NIGHTLY: '1' }), 'npm run nightly runs it')
  assert.equal(leftWhere({}), 'false')
})

test('what CI leaves to nightly is run there', () => {
  const read = (name: string) => readFileSync(new URL(`../.ci/${name}`, import.meta.url), 'utf8')
  const steps = read('nightly').split('\n')
  for (const command of ['npm run e2e', 'npm run test:integration']) {
    assert.ok(read('run').includes(command), command)
    assert.ok(
      steps.some((line) => line.startsWith('step ') && line.endsWith(` ${command}`)),
      command,
    )
  }
  assert.match(read('run'), /^export LEAVE_TO_NIGHTLY=1 /m)
  assert.match(read('nightly'), /^unset LEAVE_TO_NIGHTLY /m)
})
