// The servers that the product needs, for tests, the cluster command and the command line: one object over the engine
// that this machine has.
import { resolve } from 'node:path'
import { DockerEngine, dockerAnswers } from './docker-engine.ts'
import type { Engine, NodeStatus } from './engine.ts'
import { InfraFault } from './fault.ts'
import { NativeEngine } from './native/native-engine.ts'
import { endpointOf, KINDS, type Kind, type Node, nodeNamed, nodesOf, type Wanted } from './nodes.ts'
import { type InfraSettings, readInfraSettings } from './settings.ts'

/** The addresses of running servers: host:port for Kafka and Cassandra, URLs for the others. */
export type Endpoints = Partial<Record<Kind, readonly string[]>>

/**
 * Servers with `settings`; the rest comes from the environment. Fails with an InfraFault without docker and without
 * Linux.
 */
export async function openServers(settings: Partial<InfraSettings> = {}): Promise<Servers> {
  const given = { ...readInfraSettings(process.env), ...settings }
  const complete = { ...given, directory: resolve(given.directory), programs: resolve(given.programs) }
  return new Servers(complete, await chooseEngine(complete))
}

/** All methods fail with an InfraFault, or with the reason of their signal. Nodes are named like `kafka-2`. */
export class Servers {
  readonly settings: InfraSettings
  readonly #engine: Engine

  constructor(settings: InfraSettings, engine: Engine) {
    this.settings = settings
    this.#engine = engine
  }

  /**
   * Starts what does not run yet, with its earlier data if any, and resumes what is paused; resolves when everything
   * serves. A running nginx reloads changed settings. When it fails, also by `signal`, it stops what it has started.
   */
  async up(wanted: Wanted, signal?: AbortSignal): Promise<Endpoints> {
    const nodes = nodesOf(wanted)
    await this.#engine.up(nodes, signal)
    return this.#endpoints(nodes)
  }

  /** Stops these kinds, or everything; with `wipe`, removes their data. */
  async down(kinds: readonly Kind[] = KINDS, { wipe = false } = {}): Promise<void> {
    await this.#engine.down(kinds, wipe)
  }

  /** Starts a node that was killed, whatever the state of its peers, and waits until it serves. */
  async start(name: string): Promise<void> {
    await this.#engine.start(await this.#node(name))
  }

  /**
   * Starts a node that its cluster does not have yet, like `kafka-4` of three, and waits until it serves. Needs the
   * setting `changes`.
   */
  async join(name: string): Promise<string> {
    if (!this.settings.changes) throw new InfraFault('unsupported', 'These servers are not made to change.')
    const { kind, ordinal } = nodeNamed(name)
    const peer = (await this.#engine.status()).find(({ node }) => node.kind === kind)
    if (peer === undefined) throw new InfraFault('not_running', `There is no ${kind} to join.`)
    const node = { name, kind, ordinal, size: peer.node.size }
    await this.#engine.start(node)
    return endpointOf(node, this.settings)
  }

  /** Stops a node for good, which its cluster must have let go before, and removes its data. */
  async remove(name: string): Promise<void> {
    await this.#engine.remove(await this.#node(name))
  }

  /** SIGKILL. */
  async kill(name: string): Promise<void> {
    await this.#engine.kill(await this.#node(name))
  }

  /** SIGSTOP: connections stay open, nothing answers. */
  async pause(name: string): Promise<void> {
    await this.#engine.pause(await this.#node(name))
  }

  async resume(name: string): Promise<void> {
    await this.#engine.resume(await this.#node(name))
  }

  async logs(name: string): Promise<string> {
    return this.#engine.logs(await this.#node(name))
  }

  status(): Promise<NodeStatus[]> {
    return this.#engine.status()
  }

  #endpoints(nodes: readonly Node[]): Endpoints {
    const endpoints: Partial<Record<Kind, string[]>> = {}
    for (const node of nodes) {
      endpoints[node.kind] ??= []
      endpoints[node.kind]!.push(endpointOf(node, this.settings))
    }
    return endpoints
  }

  async #node(text: string): Promise<Node> {
    const { kind, ordinal } = nodeNamed(text)
    const found = (await this.#engine.status()).find(
      ({ node }) => node.kind === kind && node.ordinal === ordinal,
    )
    if (found === undefined) throw new InfraFault('not_running', `${text} was not brought up.`)
    return found.node
  }
}

async function chooseEngine(settings: InfraSettings): Promise<Engine> {
  const docker = settings.engine !== 'native' && !settings.changes && (await dockerAnswers())
  if (docker) return new DockerEngine(settings)
  if (settings.engine === 'docker') {
    throw new InfraFault(
      'missing_tool',
      'No docker engine with the compose plugin answers: see `docker info`.',
    )
  }
  if (process.platform !== 'linux') {
    throw new InfraFault(
      'unsupported',
      'Without docker, the servers run on Linux only: start a docker engine.',
    )
  }
  return new NativeEngine(settings)
}
