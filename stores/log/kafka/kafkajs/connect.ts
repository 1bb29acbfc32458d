// Configures kafkajs and connects to its brokers.
import { createRequire } from 'node:module'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import kafkajs, { type Cluster, type Kafka, type SASLOptions } from 'kafkajs'
import type { TlsOptions } from '../../../../lib/tls-settings.ts'
import { CONNECT_TIMEOUT_MS, type KafkaClientOptions } from '../kafka-client.ts'
import { NO_SECURITY, type Sasl } from '../kafka-security.ts'

type RequestQueue = { readonly pending: readonly unknown[]; scheduleCheckPendingRequests(): void }

/**
 * Its queue of requests sets a timer even while nothing is pending, with a negative time, of which Node warns. It asks
 * for the timer again when a request has to wait.
 */
function withoutIdleTimers({ prototype }: { readonly prototype: RequestQueue }): void {
  const schedule = prototype.scheduleCheckPendingRequests
  prototype.scheduleCheckPendingRequests = function () {
    if (this.pending.length > 0) schedule.call(this)
  }
}
withoutIdleTimers(createRequire(import.meta.url)('kafkajs/src/network/requestQueue'))

/** A kafkajs whose sockets can be closed from outside. */
export class OwnKafka {
  readonly kafka: Kafka
  readonly #sockets = new Set<Socket>()
  readonly #tls: TlsOptions | null
  #destroyed = false

  constructor({ brokers, clientId, security = NO_SECURITY }: KafkaClientOptions) {
    this.#tls = security.tls
    this.kafka = new kafkajs.Kafka({
      brokers: [...brokers],
      clientId,
      ...(security.sasl !== null && { sasl: saslOptions(security.sasl) }),
      connectionTimeout: CONNECT_TIMEOUT_MS,
      enforceRequestTimeout: false, // its timer outlives a connection that fails
      retry: { retries: 2, initialRetryTime: 150 },
      logLevel: kafkajs.logLevel.NOTHING, // every fault is thrown
      socketFactory: ({ host, port, onConnect }) => this.#connect(host, port, onConnect),
    })
  }

  /** Closes all sockets: every call in flight fails, and so does every later one. */
  destroySockets(): void {
    this.#destroyed = true
    for (const socket of this.#sockets) giveUp(socket)
  }

  #connect(host: string, port: number, onConnect: () => void): Socket {
    const socket = (
      this.#tls === null
        ? connect({ host, port }, onConnect)
        : connectTls({ host, port, ...this.#tls }, onConnect)
    ).setNoDelay(true)
    this.#sockets.add(socket)
    if (this.#destroyed) giveUp(socket)
    return socket.once('close', () => this.#sockets.delete(socket))
  }
}

function saslOptions(sasl: Sasl): SASLOptions {
  switch (sasl.mechanism) {
    case 'OAUTHBEARER':
      return { mechanism: 'oauthbearer', oauthBearerProvider: async () => ({ value: sasl.token() }) }
    case 'PLAIN':
      return { mechanism: 'plain', username: sasl.username, password: sasl.password }
    case 'SCRAM-SHA-256':
      return { mechanism: 'scram-sha-256', username: sasl.username, password: sasl.password }
    case 'SCRAM-SHA-512':
      return { mechanism: 'scram-sha-512', username: sasl.username, password: sasl.password }
  }
}

/** Only an error makes kafkajs stop the timers of a connection. */
function giveUp(socket: Socket): void {
  socket.destroy(new Error('The connection was dropped.'))
}

/**
 * A cluster with connections of its own, yet to be connected. kafkajs passes the cluster of a consumer to its
 * partition assigners; this is how to get one without a running consumer.
 */
export function newCluster({ kafka }: OwnKafka): Cluster {
  const handed: Cluster[] = []
  kafka.consumer({
    groupId: 'never-joined',
    allowAutoTopicCreation: false,
    partitionAssigners: [
      ({ cluster }) => {
        handed.push(cluster)
        return {
          name: 'none',
          version: 0,
          assign: async () => [],
          protocol: () => ({ name: 'none', metadata: Buffer.alloc(0) }),
        }
      },
    ],
  })
  return handed[0]!
}
