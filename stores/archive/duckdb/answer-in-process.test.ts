// The process of a question in SQL may fail to start, die at any time, or lose its parent.
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { AHEAD_MS, DAY, HORIZON_MS } from '../../../testing/archive-fixture.ts'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import { SqlFault } from '../sql.ts'
import { answerInProcess } from './answer-in-process.ts'

const ENDLESS = 'SELECT count(*) FROM range(1000000000) a, range(1000000000) b'
const PROCESS = fileURLToPath(new URL('sql-process.ts', import.meta.url))
const NEVER = new AbortController().signal

let directory: Awaited<ReturnType<typeof temporaryDirectory>>

before(async () => {
  directory = await temporaryDirectory()
})
after(() => directory[Symbol.asyncDispose]())

const orderOf = (sql: string) => ({
  ...{ sql, from: DAY, to: DAY + 60, rowsMax: 10, paths: [] },
  ...{ inTime: { horizonMs: HORIZON_MS, aheadMs: AHEAD_MS }, memoryMiB: 64, rssBytesMax: 1e10 },
  ...{ spillDirectory: join(directory.path, 'spill'), spillMiB: 1 },
})

async function programOf(name: string, script: string): Promise<string> {
  const path = join(directory.path, name)
  await writeFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o700 })
  return path
}

const isNoFault = (rule: RegExp) => (error: unknown) =>
  error instanceof Error && !(error instanceof SqlFault) && rule.test(error.message)

test('a process that cannot be started is an error, and nothing more', async () => {
  const order = orderOf('SELECT 1')
  const missing = join(directory.path, 'missing')
  await assert.rejects(answerInProcess(order, NEVER, missing), isNoFault(/ENOENT/))
  await assert.rejects(answerInProcess(order, NEVER, directory.path), isNoFault(/EACCES/))
  assert.deepEqual((await answerInProcess(order, NEVER)).rows, [[1]])
})

test('so it is where there are too many open files', async () => {
  const url = JSON.stringify(new URL('answer-in-process.ts', import.meta.url))
  const program = `import { openSync } from 'node:fs'
const { answerInProcess } = await import(${url})
try { for (;;) openSync('/dev/null') } catch {}
const asked = answerInProcess(${JSON.stringify(orderOf('SELECT 1'))}, new AbortController().signal)
await asked.catch(({ code }) => console.log(code))`
  const limited = [
    '-c',
    'ulimit -n 64; exec "$@"',
    'sh',
    process.execPath,
    '--input-type=module',
    '-e',
    program,
  ]
  const { stdout } = await promisify(execFile)('sh', limited)
  assert.equal(stdout, 'EMFILE\n')
})

test('memory is named where it was short, and not at another end', async () => {
  const order = orderOf('SELECT 1')
  const killed = await programOf('killed', 'kill -KILL $$')
  await assert.rejects(answerInProcess(order, NEVER, killed), isNoFault(/without an answer \(SIGKILL\)/))
  const failed = await programOf('failed', 'echo why >&2; exit 3')
  await assert.rejects(answerInProcess(order, NEVER, failed), isNoFault(/without an answer \(code 3\): why/))
  const small = await programOf('small', `exec ${process.execPath} --max-old-space-size=1 "$@"`)
  await assert.rejects(answerInProcess(order, NEVER, small), (error) => {
    return error instanceof SqlFault && error.message === 'It took too much memory.'
  })
})

test('an answer that is not whole is none', async () => {
  const cut = await programOf('cut', `echo '{"columns":[],"isCut":false,"rows":2}'; echo '[1]'`)
  await assert.rejects(answerInProcess(orderOf('SELECT 1'), NEVER, cut), isNoFault(/without an answer/))
  const broken = await programOf(
    'broken',
    `echo '{"columns":[],"isCut":false,"rows":2}'; echo '[1]'; echo '[2'`,
  )
  await assert.rejects(answerInProcess(orderOf('SELECT 1'), NEVER, broken), isNoFault(/without an answer/))
})

test('a large answer is taken in many turns', async () => {
  const order = { ...orderOf(`SELECT i::INTEGER, repeat('ü\n', 400) FROM range(5000) t(i)`), rowsMax: 5_000 }
  let turns = 0
  let isTaken = false
  let isArriving = false
  const count = () => {
    if (isArriving) turns++
    if (!isTaken) setImmediate(count)
  }
  const parse = JSON.parse // the first line that is read tells that the answer arrives
  JSON.parse = (text: string) => {
    isArriving = true
    return parse(text)
  }
  setImmediate(count)
  const { rows } = await answerInProcess(order, NEVER).finally(() => {
    isTaken = true
    JSON.parse = parse
  })
  assert.deepEqual([rows.length, rows[4_999]], [5_000, [4_999, 'ü\n'.repeat(400)]])
  assert.ok(turns > 20, `${turns} turns`)
})

test('an endless question ends with its parent', { timeout: 60_000 }, async () => {
  const order = orderOf(ENDLESS)
  const program = `import { spawn } from 'node:child_process'
const child = spawn(process.execPath, [${JSON.stringify(PROCESS)}], { stdio: ['pipe', 'inherit', 'ignore'] })
const order = { ...${JSON.stringify(order)}, parentPid: process.pid, lifeMs: 1e9 }
child.stdin.end(JSON.stringify(order), () => console.log('told'))`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program])
  const closed = once(parent.stdout, 'close') // the child has it too
  await once(parent.stdout, 'data')
  parent.kill('SIGKILL')
  await closed
})

test('an endless question ends in time', { timeout: 60_000 }, async () => {
  const child = spawn(process.execPath, [PROCESS], { stdio: ['pipe', 'ignore', 'ignore'] })
  child.stdin.end(JSON.stringify({ ...orderOf(ENDLESS), parentPid: process.pid, lifeMs: 1_000 }))
  assert.deepEqual(await once(child, 'exit'), [null, 'SIGKILL'])
})
