// What a share link shows, as its token says it: `#/shared/<token>?<view>`. The server judges the token; here it only
// says which page to open. Pure.
import { type ChannelRoute, formatRoute, parseRoute, type VideoRoute } from '../route.ts'

export type SharedRoute = VideoRoute | ChannelRoute

export class SharedLink {
  readonly token: string
  readonly expiresMs: number
  /** The address of the page without the link. */
  readonly #path: string

  private constructor(token: string, path: string, expiresMs: number) {
    this.token = token
    this.#path = path
    this.expiresMs = expiresMs
  }

  /** Null if the address is not that of a link. */
  static of(hash: string): SharedLink | null {
    const [, token, text] = LINK.exec(hash) ?? []
    const { videoId, channelId, expiresMs } = claimsOf(text ?? '')
    if (token === undefined || typeof expiresMs !== 'number') return null
    if (typeof videoId === 'string') return new SharedLink(token, pathTo('video', videoId), expiresMs)
    return typeof channelId === 'string'
      ? new SharedLink(token, pathTo('channel', channelId), expiresMs)
      : null
  }

  /** What the address asks to be shown of it. */
  parse(hash: string): SharedRoute {
    return parseRoute(this.#path + queryOf(hash)) as SharedRoute
  }

  format(route: SharedRoute): string {
    return `#/shared/${this.token}${queryOf(formatRoute(route))}`
  }
}

/** Whether it is meant as a link, though it may be damaged. */
export function isLinkAddress(hash: string): boolean {
  return hash.startsWith('#/shared/')
}

const LINK = /^#\/shared\/(share_([\w-]+)\.[\w-]+)(?:\?|$)/

function pathTo(page: 'video' | 'channel', id: string): string {
  return `#/${page}/${encodeURIComponent(id)}`
}

function queryOf(hash: string): string {
  const at = hash.indexOf('?')
  return at < 0 ? '' : hash.slice(at)
}

function claimsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (char) =>
      char.charCodeAt(0),
    )
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return typeof claims === 'object' && claims !== null ? (claims as Readonly<Record<string, unknown>>) : {}
  } catch {
    return {}
  }
}
