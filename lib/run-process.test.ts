import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { it } from 'node:test'

const MODULE = new URL('./run-process.ts', import.meta.url)

/** Starts a process, stops it as soon as it has printed something, and returns how it ended. */
async function endOf(start: string): Promise<{ code: number | null; said: string; errors: string }> {
  const program = `import { run } from '${MODULE}'\nsetInterval(() => {}, 1_000)\nawait run(${start})`
  const child = spawn(process.execPath, ['--input-type=module-typescript', '-'])
  child.stdin.end(program)
  let said = ''
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    said += text
    child.kill('SIGTERM')
  })
  child.stderr.setEncoding('utf8').on('data', (text) => (errors += text))
  const [code] = await once(child, 'close')
  return { code, said, errors }
}

it('says when it is ready, and ends well when it is told to stop', async () => {
  const end = await endOf(`async () => ({ url: 'http://x', stop: async () => console.log('stopped') })`)
  assert.deepEqual(end, { code: 0, said: 'ready http://x\nstopped\n', errors: '' })
})

it('tells why it could not start', async () => {
  const { code, errors } = await endOf(`() => { throw Object.assign(new Error('no disk'), { code: 'x' }) }`)
  assert.deepEqual([code, errors], [1, 'tally: no disk\n'])
})

it('tells that it could not stop in order', async () => {
  const stop = `async () => { throw Object.assign(new Error('no disk'), { code: 'x' }) }`
  const { code, errors } = await endOf(`async () => ({ url: 'http://x', stop: ${stop} })`)
  assert.deepEqual([code, errors], [1, 'tally: no disk\n'])
})

it('ends well where it is told to stop before it is ready', async () => {
  const start = `(signal) => new Promise((_, reject) => {
    console.log('waiting')
    signal.addEventListener('abort', () => reject(new Error('told to stop')))
  })`
  assert.deepEqual(await endOf(start), { code: 0, said: 'waiting\n', errors: '' })
})
