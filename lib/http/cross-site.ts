// Refuses changes that pages of other sites ask for. A browser sends some requests to any address without asking
// first, so where no key is needed, any page could start a recount. Browsers say where a request comes from; other
// programs do not, and need no protection from themselves. The rule is that of Go's CrossOriginProtection:
// https://pkg.go.dev/net/http#CrossOriginProtection
import type { FastifyInstance } from 'fastify'
import { ProblemError } from './problem.ts'
import { addRequestCheck } from './request-checks.ts'

/** They change nothing (RFC 9110, section 9.2.1; QUERY: RFC 10008), and no page of another site can read the answer. */
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY'])
/** `none`: the user asked for it, as by a bookmark. */
const OWN_SITES = new Set(['same-origin', 'none'])

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The route itself decides which pages of other sites may ask it for a change: see page-senders.ts. */
    takesPages?: boolean
  }
}

type Asked = {
  readonly method?: string | undefined
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

/** Whether a browser says that a page of another origin sends this, and that it may change something. */
export function isCrossSiteChange({ method = 'GET', headers }: Asked): boolean {
  if (SAFE_METHODS.has(method)) return false
  const { 'sec-fetch-site': site, origin, host } = headers
  if (site !== undefined) return typeof site !== 'string' || !OWN_SITES.has(site)
  // An older browser, or a page that was not loaded over https. Whether a balancer took the request over https cannot
  // be known here, so schemes are not compared.
  if (origin === undefined) return false
  return typeof origin !== 'string' || URL.parse(origin)?.host !== withoutDefaultPort(origin, host)
}

export function refuseCrossSite(app: FastifyInstance): void {
  addRequestCheck(app, ({ raw, routeOptions: { config } }) => {
    if (isCrossSiteChange(raw) && config?.takesPages !== true) throw crossSite()
  })
}

export function crossSite(): ProblemError {
  return new ProblemError({
    type: 'cross-site-request',
    detail:
      'Pages of other sites may change nothing here: send this from a server, or from a page of this one. Events may ' +
      'be sent from pages whose origin a write key names.',
  })
}

/** The host as an origin would write it: `http://a:80` and `http://a` are the same. */
function withoutDefaultPort(origin: string, host: unknown): string | undefined {
  const scheme = origin.slice(0, origin.indexOf(':'))
  return URL.parse(`${scheme}://${host}`)?.host
}
