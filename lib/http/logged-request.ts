// What of a request may stand in a log: an API key in the address may not.
import type { FastifyRequest } from 'fastify'

export function loggedRequest({ method, url, ip }: Pick<FastifyRequest, 'method' | 'url' | 'ip'>) {
  return { method, url: withoutKey(url), remoteAddress: ip }
}

/** Also where the name is written in another way, since it is read as the server reads it. */
export function withoutKey(url: string): string {
  const at = url.indexOf('?')
  if (at < 0) return url
  const query = new URLSearchParams(url.slice(at + 1))
  if (!query.has('key')) return url
  query.set('key', 'hidden')
  return `${url.slice(0, at)}?${query}`
}
