// A steady stream and a question ten times a second while something is done to a cluster; then every count is compared
// with the truth, and every answer given meanwhile with what its asOf promises.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../../infra/cluster/cluster.ts'
import { type Client, type ClientOptions, createClient } from '../../sdk/src/node/index.ts'
import { Random } from '../../simulator/random.ts'
import { Truth } from './acknowledged-counts.ts'
import { AsOfPromise } from './as-of-promise.ts'
import { longestGapMs } from './moments.ts'
import { Poller, WATCHED } from './poller.ts'
import { Sender } from './sender.ts'
import { spooledByAll } from './spooled.ts'
import { type EventSource, Traffic } from './traffic.ts'
import { judge, type Verdict } from './verdict.ts'

export type Load = {
  readonly cluster: Cluster
  /** Events per second, copies included. */
  readonly rate: number
  readonly seed: number
  /** Of the sender; by default that of the SDK. The run fails with the first request that finally fails. */
  readonly retry?: ClientOptions['retry']
  /** Whether answers are held against their asOf: a release may promise less. */
  readonly isAsOfHeld: boolean
  /** What is sent; by default events of the present. */
  readonly traffic?: EventSource
  /** What is wrong in a further check, when everything was sent and compared: one line each. */
  readonly later?: (sent: Sent, signal: AbortSignal) => Promise<readonly string[]>
  readonly interrupted: AbortSignal
}

/** All events of a run, and a client to ask for their counts. */
export type Sent = { readonly client: Client; readonly truth: Truth }

const DIFFERENCES_SHOWN = 50
const LOOK_MS = 200

/** Whether everything is exact. Fails if something is not taken in the end, or if `act` fails. */
export async function isExactUnderLoad(
  load: Load,
  act: (sender: Sender, signal: AbortSignal) => Promise<void>,
): Promise<boolean> {
  const { cluster, rate, seed, retry, isAsOfHeld, interrupted } = load
  const { traffic = new Traffic(new Random(seed)), later = async () => [] } = load
  const over = new AbortController()
  const signal = AbortSignal.any([interrupted, over.signal])
  const [truth, promise, refusedMs] = [new Truth(), new AsOfPromise(WATCHED), [] as number[]]
  const onRetry = () => refusedMs.push(performance.now())
  const client = createClient({ url: cluster.url, onRetry, ...(retry !== undefined && { retry }) })
  const sender = new Sender(client, traffic, truth, promise, signal, refusedMs)
  const poller = new Poller(cluster.url, fetch, promise)
  const ending = new AbortController()
  const startMs = performance.now()
  const sent = sender.run(rate, ending.signal)
  sent.catch((error) => over.abort(error))
  const polled = poller.run(ending.signal)
  try {
    await act(sender, signal)
    const endMs = performance.now()
    ending.abort()
    await sent
    await polled
    while ((await spooledByAll(cluster)) > 0) await sleep(LOOK_MS, undefined, { signal })
    const verdict = await judge(cluster, client, truth, sender, signal)
    tell(verdict)
    console.log(`${sender.accepted} events acknowledged, copies included; ${truth.events} ids`)
    console.log(`${refusedMs.length} tries were not taken and sent again; none failed in the end`)
    tellGaps(sender, poller, startMs, endMs)
    const faults = await later({ client, truth }, signal)
    for (const line of faults.slice(0, DIFFERENCES_SHOWN)) console.log(line)
    const found = verdict.ledger.length + verdict.differences.length + faults.length
    return found === 0 && !(isAsOfHeld && isBroken(promise))
  } finally {
    ending.abort()
    over.abort()
    await polled
  }
}

function tell({ compared, lost, doubled, differences, ledger }: Verdict): void {
  for (const line of [...ledger, ...differences].slice(0, DIFFERENCES_SHOWN)) console.log(line)
  console.log(`${compared} counts and sums by minute compared: ${lost} lost, ${doubled} doubled`)
}

function tellGaps({ acks }: Sender, { answers }: Poller, startMs: number, endMs: number): void {
  const seconds = (moments: readonly { readonly atMs: number }[]) => {
    const times = moments.map(({ atMs }) => atMs)
    return (longestGapMs(times, startMs, endMs) / 1_000).toFixed(1)
  }
  console.log(
    `longest time without an acknowledgement ${seconds(acks)} s, without an answer ${seconds(answers)} s`,
  )
}

function isBroken({ checked, broken }: AsOfPromise): boolean {
  for (const line of broken.slice(0, DIFFERENCES_SHOWN)) console.log(line)
  console.log(`${checked} answers held against their asOf meanwhile: ${broken.length} lacked something`)
  return broken.length > 0
}
