// The thread of door-thread.ts.
import { parentPort, workerData } from 'node:worker_threads'
import type { Layout } from '../../../model/layout.ts'
import { type FromThread, sentFailure, sentPacked, type ToThread } from './messages.ts'
import { type AskNames, type PackRules, packBody } from './pack-body.ts'

type Refused = readonly number[] | null

/** Of a body for which nobody waits any more. */
const REFUSED = new Error('the body is refused')

const rules = workerData as PackRules
/** Bodies that wait for what they asked. */
const asking = new Map<number, (refused: Refused) => void>()
let layouts: readonly Layout[] = []

function say(message: FromThread, memory: ArrayBuffer[] = []): void {
  parentPort!.postMessage(message, memory)
}

async function answer({ id, body, order, asks }: Extract<ToThread, { body: unknown }>): Promise<void> {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const ask: AskNames = async (items, named) => {
    say({ id, items, named })
    const refused = await new Promise<Refused>((resolve) => asking.set(id, resolve))
    if (refused === null) throw REFUSED
    return refused
  }
  try {
    const packed = sentPacked(await packBody(bytes, { ...order, layouts }, rules, asks ? ask : null))
    say({ id, packed }, [packed.bytes.buffer])
  } catch (error) {
    if (error !== REFUSED) say(sentFailure(id, error))
  }
}

parentPort!.on('message', (message: ToThread) => {
  if ('body' in message) {
    if (message.layouts !== null) layouts = message.layouts
    answer(message)
    return
  }
  asking.get(message.id)?.(message.refused)
  asking.delete(message.id)
})
say('ready')
