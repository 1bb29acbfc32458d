// The two forms in which a request names what it wants (RFC 9112, section 3.2): `/path`, beside a header Host; or
// `http://host/path`, as for a proxy, where the header Host is ignored. What comes after this sees the first form only.
import type { IncomingMessage } from 'node:http'

/** The path is what comes after the authority; a fragment is never sent. */
const ABSOLUTE_FORM = /^https?:\/\/([^/?#]*)(.*)$/is

const HOST = 'host'

type Asked = Pick<IncomingMessage, 'url' | 'headers'>

/** The target as a path. Where it was absolute, its authority replaces the header Host for all that read it later. */
export function originForm(request: Asked): string {
  const target = request.url ?? ''
  const [, authority, path = ''] = ABSOLUTE_FORM.exec(target) ?? []
  if (authority === undefined) return target
  request.headers.host = authority
  return path.startsWith('/') ? path : `/${path}`
}

/** Whether it is a path after all, or the `*` of OPTIONS, which asks the server as a whole. */
export function isOriginForm(target: string): boolean {
  return target.startsWith('/') || target === '*'
}

/** The values of all lines Host, as they were sent: of several the parser keeps the first. */
export function hostLines({ rawHeaders }: Pick<IncomingMessage, 'rawHeaders'>): readonly string[] {
  const lines: string[] = []
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!
    if (name.length === HOST.length && name.toLowerCase() === HOST) lines.push(rawHeaders[at + 1]!)
  }
  return lines
}
