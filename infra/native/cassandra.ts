// Cassandra: one node per loopback address, with the same port on each, as its drivers expect.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Address, DATA_CENTRES, joins, type Node } from '../nodes.ts'
import { fill } from '../template.ts'
import { askCql } from './cql-probe.ts'
import { fetchJars } from './maven.ts'
import type { Placement, ServerProgram } from './program.ts'

const VERSION = '5.0.9'
const RING_START = -(2n ** 63n)
const RING_SIZE = 2n ** 64n
/** Cassandra's own. What jvm.options says is for nodes that start all at once. */
const HEARD_OF_MS = 30_000
const LOCAL_QUESTION = 'SELECT cluster_name FROM system.local'
/** Three nodes, or both of two, hold a replica of this table, so that a query proves that all are up. */
const CLUSTER_QUESTION =
  "SELECT status FROM system_distributed.view_build_status WHERE keyspace_name = 'tally' AND view_name = 'none'"

const file = (name: string) => fileURLToPath(new URL(`../cassandra/${name}`, import.meta.url))
const jars = (programs: string) => join(programs, `cassandra-${VERSION}`)
const configuration = (placement: Placement) => join(placement.runDirectory, 'cassandra.yaml')
/** Read where there are two data centres. */
const centreFile = (placement: Placement) => join(placement.runDirectory, 'cassandra-rackdc.properties')

export const cassandra: ServerProgram = {
  install: (programs) => fetchJars(file('pom.xml'), jars(programs)),
  async prepare(placement) {
    await writeFile(configuration(placement), await render(placement))
    await writeFile(centreFile(placement), `dc=${DATA_CENTRES[placement.node.ordinal - 1]}\nrack=rack1\n`)
    await mkdir(placement.dataDirectory, { recursive: true })
  },
  async command(placement) {
    const directory = jars(placement.programs)
    const names = await readdir(directory)
    const agent = names.find((name) => name.startsWith('jamm-'))
    const heap = `${placement.settings.cassandraHeapMib}m`
    const properties = {
      'cassandra.config': `file://${configuration(placement)}`,
      'cassandra-rackdc.properties': `file://${centreFile(placement)}`,
      'cassandra.storagedir': placement.dataDirectory,
      'cassandra.logdir': placement.runDirectory,
      'cassandra.jmx.local.port': String(jmxPortOf(placement)),
      'logback.configurationFile': file('logback.xml'),
      ...(placement.settings.changes && { 'cassandra.ring_delay_ms': String(HEARD_OF_MS) }),
    }
    return {
      program: 'java',
      args: [
        `@${file('jvm.options')}`,
        `-Xms${heap}`,
        `-Xmx${heap}`,
        `-javaagent:${join(directory, agent!)}`,
        ...Object.entries(properties).map(([name, value]) => `-D${name}=${value}`),
        '-cp',
        `${directory}/*`,
        'org.apache.cassandra.service.CassandraDaemon',
      ],
    }
  },
  probe: ({ address }) => askCql(address, LOCAL_QUESTION, 'ONE'),
  async probeCluster({ address, node }) {
    if (node.size > 1) await askCql(address, CLUSTER_QUESTION, node.size === 2 ? 'QUORUM' : 'ALL')
  },
}

/** Where nodetool reaches the node, on this machine alone: all nodes listen at one address, after the port of peers. */
export function jmxPortOf({ address, node }: Pick<Placement, 'address' | 'node'>): number {
  return address.port + 1 + node.ordinal
}

async function render({ node, address, cluster, dataDirectory, settings }: Placement): Promise<string> {
  const text = fill(await readFile(file('cassandra.yaml.tmpl'), 'utf8'), {
    SNITCH: node.size === 2 ? 'GossipingPropertyFileSnitch' : 'SimpleSnitch',
    TOKEN: String(tokenOf(node.ordinal, node.size)),
    SEEDS: seedsOf(node, address, cluster).join(','),
    HOST: address.host,
    PORT: address.port,
    STORAGE_PORT: address.port + 1,
    DATA: dataDirectory,
  })
  const joining = joins(node) ? 'auto_bootstrap: true\n' : ''
  return `${text}${joining}${settings.extra.cassandra ?? ''}`
}

/** A node that is a seed itself does not fetch what it is to have when it joins. */
function seedsOf(node: Node, own: Address, cluster: readonly Address[]): readonly string[] {
  const seeds = joins(node) ? cluster.filter(({ host }) => host !== own.host) : cluster
  return seeds.map(({ host, port }) => `${host}:${port + 1}`)
}

/**
 * The start of the node's share when the ring is divided evenly; those that join halve what is left of one share after
 * the other.
 */
export function tokenOf(ordinal: number, size: number): bigint {
  const place = BigInt(ordinal - 1)
  const shares = BigInt(size)
  const halved = 2n ** (place / shares)
  const start = (place % shares) * halved + (joins({ ordinal, size }) ? 1n : 0n)
  return RING_START + (RING_SIZE * start) / (shares * halved)
}
