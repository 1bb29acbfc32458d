// Proxies between the services and their stores, to cut and to slow. Brokers tell clients where they are, so they are
// reached past any proxy.
import { setTimeout as sleep } from 'node:timers/promises'
import { openServers, type Servers } from '../../infra/servers.ts'

const ADDED_LATENCY_MS = 300
const JITTER_MS = 150

type Proxy = { readonly name: string; readonly listen: string; readonly upstream: string }

export class Proxies {
  readonly #servers: Servers
  readonly #api: string
  readonly #names: readonly string[]

  private constructor(servers: Servers, api: string, names: readonly string[]) {
    this.#servers = servers
    this.#api = api
    this.#names = names
  }

  /** Fails with an InfraFault where the program cannot be had. */
  static async start(directory: string, proxies: readonly Proxy[]): Promise<Proxies> {
    const servers = await openServers({ directory })
    const { toxiproxy } = await servers.up({ toxiproxy: 1 })
    const names = proxies.map(({ name }) => name)
    const started = new Proxies(servers, toxiproxy![0]!, names)
    for (const proxy of proxies) await started.#call('POST', '/proxies', proxy)
    return started
  }

  /** Closes the connections of all and accepts none. */
  async cut(holdMs: number): Promise<void> {
    await this.#all((name) => this.#call('POST', `/proxies/${name}`, { enabled: false }))
    await sleep(holdMs)
    await this.#all((name) => this.#call('POST', `/proxies/${name}`, { enabled: true }))
  }

  async slow(holdMs: number): Promise<void> {
    const toxic = {
      name: 'slow',
      type: 'latency',
      attributes: { latency: ADDED_LATENCY_MS, jitter: JITTER_MS },
    }
    await this.#all((name) => this.#call('POST', `/proxies/${name}/toxics`, toxic))
    await sleep(holdMs)
    await this.#all((name) => this.#call('DELETE', `/proxies/${name}/toxics/slow`))
  }

  stop(): Promise<void> {
    return this.#servers.down(['toxiproxy'])
  }

  async #all(act: (name: string) => Promise<void>): Promise<void> {
    await Promise.all(this.#names.map(act))
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
