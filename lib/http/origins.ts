// Which origins a key or a setting names: one page's (`https://a.example`), or those of all names below one
// (`https://*.a.example`). A browser writes an origin in one way only (RFC 6454, section 6.1; names in other scripts as
// punycode), so origins are compared as text, and nothing of what is compared is a pattern but a leading `*.`.

const WILDCARD = /^(https?:\/\/)\*\.([^*]+)$/
/** Stands for the names below in a wildcard, to see whether the rest is an origin. */
const SOME_NAME = 'a.'

/** An origin as a browser writes it. `null`, the origin of sandboxed pages and files, is nobody's. */
function isOrigin(text: unknown): text is string {
  if (typeof text !== 'string' || !URL.canParse(text)) return false
  const { protocol, origin } = new URL(text)
  return origin === text && !text.includes('*') && /^https?:$/.test(protocol)
}

/** An origin, or all names below a name of at least two labels: `https://*.example` would be half the world. */
export function isOriginPattern(text: unknown): text is string {
  if (typeof text !== 'string') return false
  const [, scheme, host] = WILDCARD.exec(text) ?? []
  if (host === undefined) return isOrigin(text)
  const labels = host.replace(/:\d+$/, '').split('.')
  const isAddress = /^\d+$/.test(labels.at(-1)!)
  return labels.length >= 2 && !isAddress && isOrigin(`${scheme}${SOME_NAME}${host}`)
}

/** How the same origin is written where a person wrote it in another way; null if it cannot be told. */
export function originMeant(text: string): string | null {
  const [, scheme = '', host = ''] = WILDCARD.exec(text) ?? []
  const url = URL.parse(host === '' ? text : `${scheme}${SOME_NAME}${host}`)
  if (url === null || !/^https?:$/.test(url.protocol)) return null
  const meant = host === '' ? url.origin : url.origin.replace(`//${SOME_NAME}`, '//*.')
  return isOriginPattern(meant) ? meant : null
}

/** Whether an Origin header, as it was sent, is one of these. */
export function isListed(origin: string, patterns: readonly string[]): boolean {
  return isOrigin(origin) && patterns.some((pattern) => matches(origin, pattern))
}

function matches(origin: string, pattern: string): boolean {
  const [, scheme, host] = WILDCARD.exec(pattern) ?? []
  if (host === undefined) return origin === pattern
  const below = `.${host}`
  return origin.startsWith(scheme!) && origin.endsWith(below) && origin.length > scheme!.length + below.length
}
