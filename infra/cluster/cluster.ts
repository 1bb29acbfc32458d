// The whole product on one machine as it runs on many: real servers, two of each service, and a balancer in front.
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { DATA_CENTRES, type Kind, type Wanted } from '../nodes.ts'
import { type Endpoints, openServers, type Servers } from '../servers.ts'
import { type InfraSettings, readInfraSettings, type TlsFiles } from '../settings.ts'
import { runScript } from './run-script.ts'
import { ServiceProcess } from './service-process.ts'

export type ClusterOptions = {
  /** Holds all data of the cluster. */
  readonly dataDirectory: string
  /** The balancer's. */
  readonly port: number
  /** Added to the ports of the services, which are fixed: two clusters on one machine differ by it. */
  readonly portOffset?: number
  /** How many Kafka and Cassandra nodes: 1 or 3 of each, or 2 of Cassandra: two data centres. */
  readonly brokers: number
  readonly cassandraNodes: number
  readonly partitions: number
  /** How many nginx, the second on the next port; 1 by default. */
  readonly balancers?: number
  /** Settings of the servers that replace those of the environment. */
  readonly servers?: Partial<InfraSettings>
  /** The checkout whose services and commands run; default: this one. */
  readonly root?: string
  /** Further settings for all services. */
  readonly environment?: Readonly<Record<string, string>>
  /** Breaks the start off. */
  readonly signal?: AbortSignal
}

const INSTANCES = [1, 2] as const
const SERVICES = ['partitioner', 'processing', 'query', 'reconciler'] as const
type ServiceName = (typeof SERVICES)[number]

const FIRST_PORTS: Readonly<Record<ServiceName, number>> = {
  partitioner: 18_101,
  query: 18_201,
  processing: 18_301,
  reconciler: 18_401,
}
const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const SERVERS: readonly Kind[] = ['kafka', 'cassandra', 'redis']

export class Cluster {
  /** Of the first balancer. */
  readonly url: string
  /** Of every balancer. */
  readonly urls: readonly string[]
  readonly servers: Servers
  readonly endpoints: Endpoints
  readonly services: readonly ServiceProcess[]

  private constructor(
    urls: readonly string[],
    servers: Servers,
    endpoints: Endpoints,
    services: readonly ServiceProcess[],
  ) {
    this.url = urls[0]!
    this.urls = urls
    this.servers = servers
    this.endpoints = endpoints
    this.services = services
  }

  /**
   * Resolves when events can be sent to `url`. If something fails, or the signal is aborted, everything that was
   * started is stopped again.
   */
  static async start(options: ClusterOptions): Promise<Cluster> {
    const { dataDirectory, port, portOffset = 0 } = options
    const servers = await openServers({
      ...options.servers,
      directory: join(dataDirectory, 'servers'),
      ports: { ...readInfraSettings(process.env).ports, nginx: port },
      partitioners: addresses('partitioner', portOffset),
      queries: addresses('query', portOffset),
      reconcilers: addresses('reconciler', portOffset),
    })
    return Cluster.startOn(servers, options)
  }

  /** The same, on servers that run nothing yet. */
  static async startOn(servers: Servers, options: ClusterOptions): Promise<Cluster> {
    const { port, brokers, cassandraNodes, balancers = 1, signal } = options
    const wanted: Wanted = { kafka: brokers, cassandra: cassandraNodes, redis: 1 }
    const services: ServiceProcess[] = []
    try {
      const endpoints = await servers.up(wanted, signal)
      const urls = urlsOf(port, balancers, servers.settings.tls)
      const environment = environmentOf(options, endpoints, urls[0]!, servers.settings.tls)
      const { root = ROOT } = options
      await runScript('tools/migrate.ts', environment, root, signal)
      await runScript('tools/topics.ts', environment, root, signal)
      services.push(...servicesOf(options, environment))
      await Promise.all(services.map((service) => service.start(signal)))
      await servers.up({ nginx: balancers }, signal)
      return new Cluster(urls, servers, endpoints, services)
    } catch (error) {
      await stopAll(services, servers)
      signal?.throwIfAborted() // what it made fail says less
      throw error
    }
  }

  service(name: string): ServiceProcess {
    const found = this.services.find(({ spec }) => spec.name === name)
    if (found === undefined) throw new Error(`there is no service ${name}`)
    return found
  }

  stop(): Promise<void> {
    return stopAll(this.services, this.servers)
  }
}

/** Stops the balancer first, so that nothing is sent to stopping services, and the servers last. */
async function stopAll(services: readonly ServiceProcess[], servers: Servers): Promise<void> {
  await servers.down(['nginx'])
  await Promise.all(services.map((service) => service.stop()))
  await servers.down(SERVERS)
}

function servicesOf(
  { dataDirectory, cassandraNodes, root = ROOT, portOffset = 0 }: ClusterOptions,
  environment: Readonly<Record<string, string>>,
): ServiceProcess[] {
  return SERVICES.flatMap((service) =>
    INSTANCES.map((instance) => {
      const name = `${service}-${instance}`
      return new ServiceProcess({
        name,
        main: mainOf(service, root),
        port: portOf(service, instance, portOffset),
        environment: {
          ...environment,
          ...(cassandraNodes === 2 && { CASSANDRA_LOCAL_DC: centreOf(instance, environment) }),
          DATA_DIR: join(dataDirectory, name),
        },
        logFile: join(dataDirectory, 'logs', `${name}.log`),
      })
    }),
  )
}

/** One of each service is in each data centre, unless all must be where counting is allowed. */
function centreOf(
  instance: number,
  { CASSANDRA_COUNTING_DCS: counting }: Readonly<Record<string, string>>,
): string {
  const centres = counting === undefined ? DATA_CENTRES : counting.split(',')
  return centres[(instance - 1) % centres.length]!
}

function urlsOf(port: number, balancers: number, tls: TlsFiles | null): string[] {
  const scheme = tls === null ? 'http' : 'https'
  return Array.from({ length: balancers }, (_, index) => `${scheme}://localhost:${port + index}`)
}

/** The program of a service in a checkout. */
export function mainOf(service: string, root = ROOT): string {
  return join(root, 'services', service, 'main.ts')
}

function portOf(service: ServiceName, instance: number, offset: number): number {
  return FIRST_PORTS[service] + instance - 1 + offset
}

function addresses(service: ServiceName, offset: number): string[] {
  return INSTANCES.map((instance) => `127.0.0.1:${portOf(service, instance, offset)}`)
}

function environmentOf(
  options: ClusterOptions,
  endpoints: Endpoints,
  url: string,
  tls: TlsFiles | null,
): Record<string, string> {
  return {
    KAFKA_BROKERS: endpoints.kafka!.join(','),
    KAFKA_REPLICATION: String(options.brokers),
    CASSANDRA_CONTACT_POINTS: endpoints.cassandra!.join(','),
    ...(options.cassandraNodes === 2
      ? {
          CASSANDRA_REPLICATION: DATA_CENTRES.map((name) => `${name}:1`).join(','),
          CASSANDRA_LOCAL_DC: DATA_CENTRES[0],
        }
      : { CASSANDRA_REPLICATION: String(options.cassandraNodes) }),
    REDIS_URL: endpoints.redis![0]!,
    PARTITIONS: String(options.partitions),
    TRUST_PROXY: '127.0.0.1',
    OVERFLOW_URL: `file:${join(resolve(options.dataDirectory), 'overflow')}`,
    ARCHIVE_URL: `file:${join(resolve(options.dataDirectory), 'archive')}`,
    KEYS_FILE: join(resolve(options.dataDirectory), 'keys.json'),
    PROBE_URL: url,
    ...(tls !== null && { NODE_EXTRA_CA_CERTS: tls.certificate }),
    DRAIN_MS: '0', // nginx does not look at /health/ready: it sends elsewhere what a closed door refuses
    ...options.environment,
  }
}
