import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { unlessAborted } from './interruption.ts'

const PROGRAM = `
  import { interruption } from '${new URL('interruption.ts', import.meta.url)}'
  const interrupted = interruption()
  const alive = setInterval(() => {}, 1000)
  interrupted.addEventListener('abort', () => {
    console.log(interrupted.reason.message)
    process.stdin.once('data', () => { console.log('tidied up'); process.exit(1) })
  })
  console.log('here')`

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`a program that is told to stop twice by ${signal} stops in its own way`, async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    child.stdout.setEncoding('utf8')
    const said = async () => String((await once(child.stdout, 'data'))[0]).trim()
    assert.equal(await said(), 'here')
    child.kill(signal)
    assert.equal(await said(), `stopped by ${signal}`)
    child.kill(signal)
    child.stdin.write('go on')
    assert.equal(await said(), 'tidied up')
    assert.deepEqual(await once(child, 'exit'), [1, null])
  })
}

test('work is waited for until the signal is aborted', async () => {
  const { signal } = new AbortController()
  assert.equal(await unlessAborted(Promise.resolve('done'), signal), 'done')
  await assert.rejects(unlessAborted(Promise.reject(new Error('broken')), signal), /broken/)
  const ending = new AbortController()
  const waiting = unlessAborted(new Promise(() => {}), ending.signal)
  ending.abort(new Error('enough'))
  await assert.rejects(waiting, /enough/)
  await assert.rejects(unlessAborted(new Promise(() => {}), AbortSignal.abort(new Error('before'))), /before/)
})
