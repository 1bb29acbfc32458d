// What may be logged of a request: never an API key in the address.
import type { FastifyRequest } from 'fastify'

export function loggedRequest({ method, url, ip }: Pick<FastifyRequest, 'method' | 'url' | 'ip'>) {
  return { method, url: withoutKey(url), remoteAddress: ip }
}

/**
 * Also matches other spellings of the name (such as percent-encoding), because it is parsed as the server parses it.
 */
export function withoutKey(url: string): string {
  const at = url.indexOf('?')
  if (at < 0) return url
  const query = new URLSearchParams(url.slice(at + 1))
  if (!query.has('key')) return url
  query.set('key', 'hidden')
  return `${url.slice(0, at)}?${query}`
}
