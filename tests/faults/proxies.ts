// Proxies between the services and their servers, which can cut and slow connections.
import { setTimeout as sleep } from 'node:timers/promises'
import { openServers, type Servers } from '../../infra/servers.ts'

const ADDED_LATENCY_MS = 300
const JITTER_MS = 150

export type ProxySpec = { readonly name: string; readonly listen: string; readonly upstream: string }

export class Proxies {
  readonly #servers: Servers
  readonly #api: string

  private constructor(servers: Servers, api: string) {
    this.#servers = servers
    this.#api = api
  }

  /** Fails with an InfraFault if the program is not available. If something fails, nothing is left running. */
  static async start(
    directory: string,
    proxies: readonly ProxySpec[],
    signal: AbortSignal,
  ): Promise<Proxies> {
    const servers = await openServers({ directory })
    const { toxiproxy } = await servers.up({ toxiproxy: 1 }, signal)
    await using stack = new AsyncDisposableStack()
    const started = new Proxies(servers, toxiproxy![0]!)
    stack.defer(() => started.stop())
    for (const proxy of proxies) await started.#call('POST', '/proxies', proxy)
    stack.move()
    return started
  }

  /** Closes the connections to these servers and accepts none. */
  async cut(names: readonly string[], holdMs: number): Promise<void> {
    await all(names, (name) => this.#call('POST', `/proxies/${name}`, { enabled: false }))
    await sleep(holdMs)
    await all(names, (name) => this.#call('POST', `/proxies/${name}`, { enabled: true }))
  }

  async slow(names: readonly string[], holdMs: number): Promise<void> {
    const toxic = {
      name: 'slow',
      type: 'latency',
      attributes: { latency: ADDED_LATENCY_MS, jitter: JITTER_MS },
    }
    await all(names, (name) => this.#call('POST', `/proxies/${name}/toxics`, toxic))
    await sleep(holdMs)
    await all(names, (name) => this.#call('DELETE', `/proxies/${name}/toxics/slow`))
  }

  stop(): Promise<void> {
    return this.#servers.down(['toxiproxy'])
  }

  async #call(method: string, path: string, body?: unknown): Promise<void> {
    const answer = await fetch(this.#api + path, {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`)
    await answer.arrayBuffer()
  }
}

async function all(names: readonly string[], act: (name: string) => Promise<void>): Promise<void> {
  await Promise.all(names.map(act))
}
