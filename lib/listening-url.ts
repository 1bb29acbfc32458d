// Where a server turned out to listen.
import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'

export function listeningUrl(app: FastifyInstance, host: string): string {
  const { port } = app.server.address() as AddressInfo
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`
}
