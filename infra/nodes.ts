// The servers by name: which kinds there are, how many nodes each may have, and where every node listens. Pure.
import { InfraFault } from './fault.ts'
import type { InfraSettings } from './settings.ts'

/** In start order; they are stopped in the opposite order. */
export const KINDS = [
  'kafka',
  'cassandra',
  'redis',
  's3',
  'toxiproxy',
  'nginx',
  'prometheus',
  'grafana',
] as const
export type Kind = (typeof KINDS)[number]

/** How many nodes of each kind are wanted: `{ kafka: 3, redis: 1 }`. */
export type Wanted = Partial<Record<Kind, number>>

/** One server of a kind: `kafka-2` of three. */
export type Node = {
  readonly name: string
  readonly kind: Kind
  /** From 1. */
  readonly ordinal: number
  /** How many nodes its cluster has, or had when it was made. */
  readonly size: number
}

/** Whether it was not there when its cluster was made, but joins it. */
export function joins({ ordinal, size }: Pick<Node, 'ordinal' | 'size'>): boolean {
  return ordinal > size
}

export type Address = { readonly host: string; readonly port: number }

const SIZES: Record<Kind, readonly number[]> = {
  kafka: [1, 3],
  cassandra: [1, 2, 3],
  redis: [1],
  s3: [1],
  toxiproxy: [1],
  nginx: [1, 2],
  prometheus: [1],
  grafana: [1],
}

/** Two nodes of Cassandra are two data centres of one node each. */
export const DATA_CENTRES = ['dc1', 'dc2'] as const

/** The nodes to run, in start order. Fails with `usage` on a number of nodes that a kind cannot have. */
export function nodesOf(wanted: Wanted): Node[] {
  return KINDS.flatMap((kind) => {
    const size = wanted[kind]
    if (size === undefined) return []
    if (!SIZES[kind].includes(size)) {
      throw new InfraFault('usage', `${kind} runs with ${SIZES[kind].join(' or ')} nodes, not ${size}.`)
    }
    return clusterOf(kind, size)
  })
}

export function clusterOf(kind: Kind, size: number): Node[] {
  return Array.from({ length: size }, (_, index) => ({
    name: `${kind}-${index + 1}`,
    kind,
    ordinal: index + 1,
    size,
  }))
}

/**
 * Where clients reach the node. Brokers and balancers differ by port; Cassandra's drivers want one port, so its nodes
 * by host.
 */
export function addressOf(node: Node, settings: InfraSettings): Address {
  const { ports } = settings
  switch (node.kind) {
    case 'kafka':
      return { host: '127.0.0.1', port: ports.kafka + 2 * (node.ordinal - 1) }
    case 'cassandra':
      return { host: `127.0.0.${node.ordinal}`, port: ports.cassandra }
    case 'nginx':
      return { host: '127.0.0.1', port: ports.nginx + node.ordinal - 1 }
    default:
      return { host: '127.0.0.1', port: ports[node.kind] }
  }
}

/** The address that brokers advertise to clients for this one: its own, or that of the proxy in front of it. */
export function advertisedAddressOf(broker: Node, settings: InfraSettings): Address {
  const { kafkaAdvertisedPort: kafka, ports } = settings
  return addressOf(broker, kafka === 0 ? settings : { ...settings, ports: { ...ports, kafka } })
}

/** The addresses for the settings of clients. */
export function endpointOf(node: Node, settings: InfraSettings): string {
  const { host, port } = addressOf(node, settings)
  switch (node.kind) {
    case 'kafka':
    case 'cassandra':
      return `${host}:${port}`
    case 'redis':
      return `redis://${host}:${port}`
    case 'nginx':
      return `${settings.tls === null ? 'http' : 'https'}://${host}:${port}`
    default:
      return `http://${host}:${port}`
  }
}

export function kindNamed(text: string): Kind {
  const kind = KINDS.find((candidate) => candidate === text)
  if (kind === undefined)
    throw new InfraFault('usage', `There is no server "${text}", only ${KINDS.join(', ')}.`)
  return kind
}

/** The kind and ordinal in `kafka-2`; `redis` alone means `redis-1`. */
export function nodeNamed(text: string): { readonly kind: Kind; readonly ordinal: number } {
  const [, kind, ordinal] = /^([a-z][a-z0-9]*)(?:-([1-9]))?$/.exec(text) ?? []
  if (kind === undefined) throw new InfraFault('usage', `"${text}" names no server: write one like kafka-2.`)
  return { kind: kindNamed(kind), ordinal: Number(ordinal ?? 1) }
}
