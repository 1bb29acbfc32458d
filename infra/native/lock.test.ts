import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { InfraFault } from '../fault.ts'
import { alone } from './lock.ts'

const WAIT_MS = 30_000
const unique = `/lock-test/${process.pid}`

test('two works on one directory never overlap', async () => {
  const events: string[] = []
  const work = (name: string) => async () => {
    events.push(`${name} in`)
    await new Promise(setImmediate)
    events.push(`${name} out`)
  }
  await Promise.all([alone(unique, WAIT_MS, work('a')), alone(unique, WAIT_MS, work('b'))])
  const [first] = events[0]!.split(' ')
  const other = first === 'a' ? 'b' : 'a'
  assert.deepEqual(events, [`${first} in`, `${first} out`, `${other} in`, `${other} out`])
})

test('works on two directories do not wait for each other', async () => {
  const result = await alone(`${unique}/a`, 0, () => alone(`${unique}/b`, 0, async () => 'both'))
  assert.equal(result, 'both')
})

test('a wait that is too long fails with a code', async () => {
  await alone(unique, WAIT_MS, () =>
    assert.rejects(
      alone(unique, 0, async () => {}),
      (error) => error instanceof InfraFault && error.code === 'busy',
    ),
  )
})

test('a failed work frees the lock', async () => {
  await assert.rejects(
    alone(unique, WAIT_MS, async () => {
      throw new Error('broken')
    }),
    /broken/,
  )
  assert.equal(await alone(unique, 0, async () => 'free'), 'free')
})

test('a holder that is killed frees the lock', async () => {
  const lock = new URL('lock.ts', import.meta.url)
  const program = `import { alone } from '${lock}'
    await alone('${unique}', 0, () => new Promise(() => { console.log('held'); setInterval(() => {}, 1000) }))`
  const holder = spawn(process.execPath, ['--input-type=module', '-e', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(holder.stdout, 'data')
  await assert.rejects(alone(unique, 0, async () => {}))
  holder.kill('SIGKILL')
  await once(holder, 'exit')
  await alone(unique, WAIT_MS, async () => {})
})
