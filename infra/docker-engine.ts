// Runs the servers as the containers of docker-compose.yml, whose services have the names of the nodes.
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { type Container, parseContainers } from './containers.ts'
import type { Engine, NodeStatus } from './engine.ts'
import { InfraFault } from './fault.ts'
import { balancedServer } from './native/nginx.ts'
import { programOf } from './native/programs.ts'
import { type RunOptions, runProgram, succeeds } from './native/run-program.ts'
import { addressOf, clusterOf, KINDS, type Kind, type Node, nodeNamed } from './nodes.ts'
import type { InfraSettings } from './settings.ts'
import { untilReady } from './until-ready.ts'

const FILE = fileURLToPath(new URL('../docker-compose.yml', import.meta.url))
const LOG_LINES = '200'
const SIZES = [1, 3]

/** Whether containers can be run here. */
export async function dockerAnswers(): Promise<boolean> {
  return (await succeeds('docker', ['compose', 'version'])) && (await succeeds('docker', ['info']))
}

export class DockerEngine implements Engine {
  readonly #settings: InfraSettings
  readonly #project: string

  constructor(settings: InfraSettings) {
    this.#settings = settings
    this.#project = `tally-${createHash('sha256').update(settings.directory).digest('hex').slice(0, 8)}`
  }

  async up(nodes: readonly Node[], signal?: AbortSignal): Promise<void> {
    refuseTwo(nodes)
    const before = await this.status()
    for (const { node, state } of before) {
      const wanted = nodes.find(({ kind }) => kind === node.kind)
      if (wanted === undefined) continue
      if (wanted.size !== node.size) throw otherSize(node, wanted)
      if (state === 'paused') await this.resume(node)
    }
    signal?.throwIfAborted()
    try {
      await this.#start(nodes, [], signal)
      await Promise.all(nodes.map((node) => this.#untilJoined(node, signal)))
    } catch (error) {
      const others = before.filter(({ state }) => state !== 'down').map(({ node }) => node.name)
      await this.#stop(nodes.filter(({ name }) => !others.includes(name)))
      signal?.throwIfAborted() // what it made fail says less
      throw error
    }
  }

  async start(node: Node): Promise<void> {
    await this.#start([node], ['--no-deps'])
  }

  async down(kinds: readonly Kind[], wipe: boolean): Promise<void> {
    const nodes = (await this.status()).map(({ node }) => node).filter(({ kind }) => kinds.includes(kind))
    await this.#stop(nodes)
    const volumes = wipe ? this.#volumesOf(kinds) : []
    if (volumes.length > 0) await runProgram('docker', ['volume', 'rm', '--force', ...volumes])
  }

  async remove(): Promise<void> {
    throw new InfraFault('unsupported', 'Servers join and leave without docker only.')
  }

  async kill(node: Node): Promise<void> {
    await this.#compose(['kill', node.name], [node])
  }

  async pause(node: Node): Promise<void> {
    await this.#compose(['pause', node.name], [node])
  }

  async resume(node: Node): Promise<void> {
    await this.#compose(['unpause', node.name], [node])
  }

  async status(): Promise<NodeStatus[]> {
    const containers = parseContainers(await this.#compose(['ps', '--all', '--format', 'json'], []))
    return containers
      .filter(({ service }) => KINDS.some((kind) => service.startsWith(`${kind}-`)))
      .map((container) => statusOf(container, containers))
  }

  logs(node: Node): Promise<string> {
    return this.#compose(['logs', '--no-log-prefix', '--tail', LOG_LINES, node.name], [node])
  }

  async #start(nodes: readonly Node[], flags: readonly string[], signal?: AbortSignal): Promise<void> {
    const timeoutS = String(Math.ceil(this.#settings.startTimeoutMs / 1000))
    const names = nodes.map(({ name }) => name)
    const up = ['up', '--detach', '--wait', '--wait-timeout', timeoutS, ...flags, ...names]
    await this.#compose(up, nodes, signal)
  }

  async #stop(nodes: readonly Node[]): Promise<void> {
    const names = nodes.map(({ name }) => name)
    if (names.length === 0) return
    const timeoutS = String(Math.ceil(this.#settings.stopTimeoutMs / 1000))
    await this.#compose(['stop', '--timeout', timeoutS, ...names], nodes)
    await this.#compose(['rm', '--force', ...names], nodes)
  }

  async #untilJoined(node: Node, signal?: AbortSignal): Promise<void> {
    if (node.kind !== 'kafka' && node.kind !== 'cassandra') return
    const { probeCluster } = programOf(node.kind)
    const at = { node, address: addressOf(node, this.#settings) }
    await untilReady(
      node.name,
      this.#settings.startTimeoutMs,
      async () => probeCluster?.(at),
      async () => {},
      signal,
    )
  }

  #compose(args: readonly string[], nodes: readonly Node[], signal?: AbortSignal): Promise<string> {
    const hint = 'Install docker with its compose plugin, or choose the engine native.'
    const environment = composeEnvironment(this.#settings, nodes)
    const options: RunOptions = { environment, hint, ...(signal !== undefined && { signal }) }
    const scope = ['--project-name', this.#project, '--file', FILE, '--profile', '*']
    return runProgram('docker', ['compose', ...scope, ...args], options)
  }

  #volumesOf(kinds: readonly Kind[]): string[] {
    return kinds
      .filter((kind) => kind === 'kafka' || kind === 'cassandra')
      .flatMap((kind) => SIZES.flatMap((size) => clusterOf(kind, size)))
      .map(({ name, size }) => `${this.#project}_${name}-of-${size}`)
  }
}

/** The variables of docker-compose.yml. */
export function composeEnvironment(settings: InfraSettings, nodes: readonly Node[]): Record<string, string> {
  const { ports } = settings
  const kafkaAdvertised = settings.kafkaAdvertisedPort || ports.kafka
  const sizeOf = (kind: Kind) => nodes.find((node) => node.kind === kind)?.size ?? 1
  const peers = (kind: Kind, form: (node: Node) => string) =>
    clusterOf(kind, sizeOf(kind)).map(form).join(',')
  return {
    KAFKA_PORT: String(ports.kafka),
    KAFKA_PORT_2: String(ports.kafka + 2),
    KAFKA_PORT_3: String(ports.kafka + 4),
    KAFKA_ADVERTISED_PORT: String(kafkaAdvertised),
    KAFKA_ADVERTISED_PORT_2: String(kafkaAdvertised + 2),
    KAFKA_ADVERTISED_PORT_3: String(kafkaAdvertised + 4),
    CASSANDRA_PORT: String(ports.cassandra),
    REDIS_PORT: String(ports.redis),
    S3_PORT: String(ports.s3),
    TOXIPROXY_PORT: String(ports.toxiproxy),
    PORT: String(ports.nginx),
    PROMETHEUS_PORT: String(ports.prometheus),
    GRAFANA_PORT: String(ports.grafana),
    KAFKA_HEAP_MIB: String(settings.kafkaHeapMib),
    CASSANDRA_HEAP_MIB: String(settings.cassandraHeapMib),
    KAFKA_NODES: String(sizeOf('kafka')),
    KAFKA_IN_SYNC: String(Math.ceil(sizeOf('kafka') / 2)),
    KAFKA_VOTERS: peers('kafka', ({ name, ordinal }) => `${ordinal}@${name}:9093`),
    CASSANDRA_NODES: String(sizeOf('cassandra')),
    CASSANDRA_SEEDS: peers('cassandra', ({ name }) => name),
    BALANCE: settings.balance,
    NGINX_PARTITIONERS: servers(settings.partitioners),
    NGINX_QUERIES: servers(settings.queries),
    NGINX_RECONCILERS: servers(settings.reconcilers),
  }
}

function servers(addresses: readonly string[]): string {
  return addresses.map(balancedServer).join(' ')
}

function statusOf({ service, state }: Container, all: readonly Container[]): NodeStatus {
  const { kind, ordinal } = nodeNamed(service)
  const size = all.filter((other) => other.service.startsWith(`${kind}-`)).length > 1 ? 3 : 1
  const node = { name: service, kind, ordinal, size }
  return { node, state: state === 'running' ? 'up' : state === 'paused' ? 'paused' : 'down', pid: null }
}

/** docker-compose.yml has one balancer, and no second data centre. */
function refuseTwo(nodes: readonly Node[]): void {
  const two = nodes.find(({ size }) => size === 2)
  if (two === undefined) return
  const message = `Two nodes of ${two.kind} run without docker only: set INFRA_ENGINE=native.`
  throw new InfraFault('unsupported', message)
}

function otherSize(running: Node, wanted: Node): InfraFault {
  const message = `${running.kind} runs with ${running.size} nodes, not ${wanted.size}: take it down first.`
  return new InfraFault('other_size', message)
}
