// What every sender among the examples must do, in whatever language: it reads events from its standard input.
import assert from 'node:assert/strict'
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { flakyDoor } from './flaky-door.ts'
import type { Product } from './product.ts'

export type Sender = { readonly program: string; readonly args: readonly string[] }
type Run = { readonly code: number; readonly out: string; readonly errors: string }

/** More than a request takes, so there are two. */
const EVENTS = 1_500

/** Runs it with these lines. */
async function run(sender: Sender, url: string, key: string, lines: readonly string[]): Promise<Run> {
  const child = start(sender, url, key)
  child.stdin.end(`${lines.join('\n')}\n`)
  return ended(child)
}

function start({ program, args }: Sender, url: string, key: string): ChildProcessWithoutNullStreams {
  return spawn(program, args, { env: { ...process.env, TALLY_URL: url, TALLY_KEY: key } })
}

async function ended(child: ChildProcessWithoutNullStreams): Promise<Run> {
  const [out, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ])
  return { code, out, errors }
}

/** Counts are exact though the server was busy, an answer was lost, and everything is sent twice. */
export async function sendsExactly(sender: Sender, product: Product): Promise<void> {
  const time = new Date().toISOString()
  const lines = Array.from({ length: EVENTS }, (_, i) =>
    JSON.stringify({ id: `e${i}`, videoId: 'exact', type: 'view', time, value: 1.5, viewerId: `u${i}` }),
  )
  await using door = await flakyDoor(product.url)
  for (const url of [door.url, product.url]) {
    const { code, out, errors } = await run(sender, url, product.keys.write, lines)
    assert.match(errors, new RegExp(`(^|\\n)${EVENTS} accepted, 0 rejected, 0 unresolved\\n$`))
    assert.deepEqual({ code, out }, { code: 0, out: '' })
  }
  assert.equal(door.requests(), 4, 'the first request three times, the second once')
  await product.assertCounted('exact', EVENTS)
}

/** The sender names lines that are not taken, and the others count. */
export async function namesRejected(sender: Sender, product: Product): Promise<void> {
  const event = (i: number, fields: object) => JSON.stringify({ id: `e${i}`, videoId: 'lines', ...fields })
  const lines = [event(1, { type: 'view' }), '{', event(3, { type: 'No Type' }), event(4, { type: 'view' })]
  const { code, out, errors } = await run(sender, product.url, product.keys.write, lines)
  assert.match(errors, /^line 2: .+\nline 3: invalid_type: .+\n2 accepted, 2 rejected, 0 unresolved\n$/)
  assert.deepEqual({ code, out }, { code: 1, out: '' })
  await product.assertCounted('lines', 2)
}

/** What was refused as a whole comes out with its ids, and can be sent again. */
export async function keepsUnresolved(sender: Sender, product: Product): Promise<void> {
  const line = JSON.stringify({ videoId: 'later', type: 'view' })
  const refused = await run(sender, product.url, 'wk_wrong', [line, line])
  assert.match(refused.errors, /403 .+\n0 accepted, 0 rejected, 2 unresolved\n$/s)
  assert.equal(refused.code, 1)
  const kept = refused.out.trim().split('\n')
  for (const times of [1, 2]) {
    const { errors } = await run(sender, product.url, product.keys.write, kept)
    assert.equal(errors, '2 accepted, 0 rejected, 0 unresolved\n', `sent ${times} times`)
  }
  await product.assertCounted('later', 2)
}

/** Stopped while a request waits for its answer, it prints what it holds, which can be sent again. */
export async function stopsWithAll(sender: Sender, product: Product): Promise<void> {
  const silent = createServer()
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const { port } = silent.address() as AddressInfo
  const child = start(sender, `http://127.0.0.1:${port}`, product.keys.write)
  const stopped = ended(child)
  // One more than a request takes; its input stays open, as if more were to come.
  const lines = Array.from({ length: 1_001 }, (_, i) =>
    JSON.stringify({ id: `e${i}`, videoId: 'stopped', type: 'view' }),
  )
  child.stdin.write(`${lines.join('\n')}\n`)
  await once(silent, 'request')
  child.kill('SIGTERM')
  const { code, out, errors } = await stopped
  silent.closeAllConnections()
  silent.close()
  assert.match(errors, /lines after line 1001 are not sent\n0 accepted, 0 rejected, 1001 unresolved\n$/)
  assert.equal(code, 1)
  const again = await run(sender, product.url, product.keys.write, out.trim().split('\n'))
  assert.equal(again.errors, '1001 accepted, 0 rejected, 0 unresolved\n')
  await product.assertCounted('stopped', lines.length)
}
