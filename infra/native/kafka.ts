// Kafka: every node is broker and controller.
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { advertisedAddressOf, joins } from '../nodes.ts'
import { fill } from '../template.ts'
import { brokersSeenBy } from './kafka-probe.ts'
import { fetchJars } from './maven.ts'
import type { Placement, ServerProgram } from './program.ts'
import { runProgram } from './run-program.ts'

const VERSION = '4.3.1'
/** Any 16 bytes in base64url do; nodes of one cluster must agree. */
const CLUSTER_ID = 'VGFsbHktZXhhY3QtY291bg'

const file = (name: string) => fileURLToPath(new URL(`../kafka/${name}`, import.meta.url))
const jars = (programs: string) => join(programs, `kafka-${VERSION}`)
const configuration = (placement: Placement) => join(placement.runDirectory, 'server.properties')

export const kafka: ServerProgram = {
  install: (programs) => fetchJars(file('pom.xml'), jars(programs)),
  async prepare(placement) {
    await writeFile(configuration(placement), await render(placement))
    await mkdir(placement.dataDirectory, { recursive: true })
    if (!existsSync(join(placement.dataDirectory, 'meta.properties'))) await format(placement)
  },
  async command(placement) {
    const heap = `${placement.settings.kafkaHeapMib}m`
    const jvm = [`-Xms${heap}`, `-Xmx${heap}`, '-XX:+UseG1GC', '-XX:MaxGCPauseMillis=50']
    const safety = ['-XX:+ExitOnOutOfMemoryError', `-Dkafka.logs.dir=${placement.runDirectory}`]
    return java(placement, [...jvm, ...safety], ['kafka.Kafka', configuration(placement)])
  },
  async probe({ address, node }) {
    const brokers = await brokersSeenBy(address)
    if (!brokers.some(({ nodeId }) => nodeId === node.ordinal)) throw new Error('the broker is fenced')
  },
  async probeCluster({ address, node }) {
    const brokers = await brokersSeenBy(address)
    if (brokers.length < node.size) throw new Error(`it sees ${brokers.length} of ${node.size} brokers`)
  },
}

async function render(placement: Placement): Promise<string> {
  const { node, address, cluster, dataDirectory, settings } = placement
  const { listeners, advertised } = listenersOf(placement)
  const text = fill(await readFile(file('server.properties.tmpl'), 'utf8'), {
    ID: node.ordinal,
    VOTERS: cluster.map((peer, index) => `${index + 1}@${peer.host}:${peer.port + 1}`).join(','),
    LISTENERS: `${listeners},CONTROLLER://${address.host}:${address.port + 1}`,
    ADVERTISED: advertised,
    PROTOCOLS: 'CLUSTER:PLAINTEXT,CLIENTS:PLAINTEXT,CONTROLLER:PLAINTEXT',
    DATA: dataDirectory,
    REPLICAS: node.size,
    IN_SYNC: Math.ceil(node.size / 2),
  })
  return `${text}${settings.changes ? changingQuorum(placement) : ''}${settings.extra.kafka ?? ''}`
}

/** The controllers of a quorum that changes are in its data, and only where to find some of them is configured. */
function changingQuorum({ cluster }: Placement): string {
  const bootstrap = cluster.map(({ host, port }) => `${host}:${port + 1}`).join(',')
  return `controller.quorum.voters=\ncontroller.quorum.bootstrap.servers=${bootstrap}\n`
}

/** A broker advertises an address per listener, so a broker behind a proxy has two listeners. */
export function listenersOf({ node, address, settings }: Pick<Placement, 'node' | 'address' | 'settings'>): {
  readonly listeners: string
  readonly advertised: string
} {
  const { host, port } = address
  const advertised = advertisedAddressOf(node, settings)
  if (advertised.port === port) {
    const listener = `CLUSTER://${host}:${port}`
    return { listeners: listener, advertised: listener }
  }
  const direct = `CLUSTER://${host}:${advertised.port + 1}`
  return {
    listeners: `${direct},CLIENTS://${host}:${port}`,
    advertised: `${direct},CLIENTS://${advertised.host}:${advertised.port}`,
  }
}

async function format(placement: Placement): Promise<void> {
  const jvm = ['-Xmx128m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
  const tool = ['kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', configuration(placement)]
  const { program, args } = java(placement, jvm, [...tool, ...controllers(placement)])
  await runProgram(program, args)
}

/** Of a quorum that changes, the first ones are named here. */
function controllers({ node, cluster, settings }: Placement): readonly string[] {
  if (!settings.changes) return []
  if (joins(node)) return ['--no-initial-controllers']
  const first = cluster.map(
    ({ host, port }, index) => `${index + 1}@${host}:${port + 1}:${controllerIdOf(index + 1)}`,
  )
  return ['--initial-controllers', first.join(',')]
}

/** 16 bytes in base64url, different for each. */
function controllerIdOf(ordinal: number): string {
  return Buffer.from(`controller-${ordinal}`.padEnd(16, '.')).toString('base64url')
}

function java({ programs }: Placement, jvm: readonly string[], main: readonly string[]) {
  const logging = `-Dlog4j2.configurationFile=${file('log4j2.yaml')}`
  return { program: 'java', args: [...jvm, logging, '-cp', `${jars(programs)}/*`, ...main] }
}
