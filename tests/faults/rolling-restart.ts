// Every service is restarted in order, one after the other, while events and questions go on: nobody may notice. No
// event is refused and no question fails, through a balancer that learns of stopped servers only from requests.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../../infra/cluster/cluster.ts'
import type { ServiceProcess } from '../../infra/cluster/service-process.ts'
import type { Sender } from './sender.ts'

const READY_MS_MAX = 600_000
const LOOK_MS = 100
const QUESTION = '/v1/videos/video.1/summary'

/** @param pauseMs how long the balancer may need until it sends to a restarted server again */
export async function restartInTurn(
  cluster: Cluster,
  sender: Sender,
  names: readonly string[],
  pauseMs: number,
): Promise<void> {
  const refusedBefore = sender.refusedMs.length
  const over = new AbortController()
  const asking = ask(cluster.url, over.signal)
  try {
    for (const name of names) {
      const service = cluster.service(name)
      await service.stop()
      await service.start()
      await untilReady(service)
      await sleep(pauseMs)
    }
  } finally {
    over.abort()
  }
  const { answered, failures } = await asking
  const refused = sender.refusedMs.length - refusedBefore
  console.log(
    `restarted in turn: ${answered} questions answered, ${failures.length} not; ${refused} events refused`,
  )
  if (refused + failures.length > 0) {
    const kinds = Array.from(new Set(failures)).join(', ')
    throw new Error(
      `a rolling restart was noticed: ${refused} requests refused, questions failed with: ${kinds}`,
    )
  }
}

async function ask(url: string, ending: AbortSignal): Promise<{ answered: number; failures: string[] }> {
  const failures: string[] = []
  let answered = 0
  while (!ending.aborted) {
    const failure = await fetch(`${url}${QUESTION}`).then(
      async (answer) => {
        await answer.arrayBuffer()
        return answer.status === 200 ? null : String(answer.status)
      },
      (error: Error) => error.message,
    )
    if (failure === null) answered++
    else failures.push(failure)
    await sleep(LOOK_MS)
  }
  return { answered, failures }
}

async function untilReady({ spec }: ServiceProcess): Promise<void> {
  const url = `http://127.0.0.1:${spec.port}/health/ready`
  const endMs = performance.now() + READY_MS_MAX
  for (let why = ''; ; await sleep(LOOK_MS)) {
    const answer = await fetch(url)
    if (answer.status === 200) return
    why = await answer.text()
    if (performance.now() > endMs)
      throw new Error(`${spec.name} is not ready after ${READY_MS_MAX} ms: ${why}`)
  }
}
