// Which host names this server answers to. A page of another site can point a name of its own at this machine (DNS
// rebinding), and the browser then takes our answers for that site's own. Such a page cannot choose what the browser
// writes into Host, so a name that is not listed is refused.
import type { IncomingMessage } from 'node:http'
import type { FastifyInstance } from 'fastify'
import { ProblemError } from './problem.ts'
import { addRequestCheck } from './request-checks.ts'
import { hostLines, isOriginForm } from './request-target.ts'

/** `all`, or names in lower case; one that begins with a dot stands for every name that ends in it. */
export type AllowedHosts = 'all' | ReadonlySet<string>

export const NO_HOSTS: AllowedHosts = new Set()

/** An address is not a name: nobody can point it at another machine. */
const ADDRESS = /^(?:\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/
const LOOPBACK_NAME = 'localhost'
const HOST = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{0,5})?$/
const LISTED = /^(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/
const SHOWN_CHARS_MAX = 64

/** Reads a setting like `tally.example,*.svc.local`, or `*`. Fails with an Error that names what is wrong. */
export function parseAllowedHosts(setting: string | undefined): AllowedHosts {
  if (setting === undefined) return NO_HOSTS
  if (setting === '*') return 'all'
  const hosts = setting.split(',').map((entry) => entry.trim().toLowerCase())
  const faults = hosts.filter((host) => !LISTED.test(host))
  if (faults.length > 0) {
    const named = faults.map((fault) => JSON.stringify(fault)).join(', ')
    throw new Error(`${named}: must be * or names like tally.example or *.example, without a port`)
  }
  return new Set(hosts.map((host) => host.replace(/^\*/, '')))
}

/** Whether a server answers to this value of a Host header; null where the value is not one. */
export function answersTo(header: string, allowed: AllowedHosts): boolean | null {
  const name = nameIn(header)
  return name === null ? null : isServed(name, allowed)
}

/** The name or address in lower case, without a port; null where the value is no host. */
function nameIn(header: string): string | null {
  return HOST.exec(header.toLowerCase())?.[1]?.replace(/\.$/, '') ?? null
}

function isServed(name: string, allowed: AllowedHosts): boolean {
  if (allowed === 'all' || name === LOOPBACK_NAME || ADDRESS.test(name) || allowed.has(name)) return true
  for (let dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
    if (allowed.has(name.slice(dot))) return true
  }
  return false
}

/** Refuses, before any route, another host than ours, and whatever does not name one host (RFC 9112, section 3.2). */
export function refuseOtherHosts(app: FastifyInstance, allowed: AllowedHosts): void {
  addRequestCheck(app, ({ raw }) => {
    const name = nameAsked(raw)
    if (name === null || isServed(name, allowed)) return
    const asked = raw.headers.host!.slice(0, SHOWN_CHARS_MAX)
    throw new ProblemError({
      type: 'host-not-served',
      detail: `This server does not answer to ${asked}. Whoever runs it can list that name in ALLOWED_HOSTS.`,
    })
  })
}

/** Whom a request is for; null where HTTP/1.0 does not say. Fails with ProblemError `invalid-request`. */
function nameAsked(raw: IncomingMessage): string | null {
  const [line, ...others] = hostLines(raw)
  if (others.length > 0) throw invalid('Name the host in one header Host, not in several.')
  if (line === undefined && raw.httpVersion !== '1.0') throw invalid('Name the host in a header Host.')
  const named = line === undefined ? null : nameIn(line)
  if (line !== undefined && named === null) {
    throw invalid('Name the host in the header Host, as a name or an address.')
  }
  if (!isOriginForm(raw.url!)) {
    throw invalid('The request target must be a path, or an http:// or https:// address.')
  }
  const { host } = raw.headers
  if (host === line || host === undefined) return named
  const target = nameIn(host)
  if (target === null) throw invalid('The request target must name a host: http://host/path.')
  return target
}

function invalid(detail: string): ProblemError {
  return new ProblemError({ type: 'invalid-request', detail })
}
