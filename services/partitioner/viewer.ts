// What a request says of the viewer who sends it: country, device, browser. Only pages are asked: of a server that
// sends for its viewers it would tell where the server is. Neither the address nor the User-Agent is kept.
import type { TrustedProxies } from '../../lib/http/client-address.ts'
import type { ViewerAttribute, ViewerAttributes } from '../../model/viewer-attributes.ts'
import { agentOf } from './agent.ts'
import { countryOf } from './country.ts'

/** The part of a request that is looked at. */
export type ViewerRequest = {
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  /** Who is at the other end of the connection. */
  readonly raw: { readonly socket?: { readonly remoteAddress?: string | undefined } }
}

export type ViewerRules = {
  /** What is wanted; nothing else is looked at. */
  readonly attributes: readonly ViewerAttribute[]
  /** The header with the country, in lower case, and whom it is believed; null: nobody. */
  readonly country: { readonly header: string; readonly believes: TrustedProxies } | null
}

export const NO_VIEWERS: ViewerRules = { attributes: [], country: null }

/** Null where nothing is known. */
export function viewerOf({ headers, raw }: ViewerRequest, rules: ViewerRules): ViewerAttributes | null {
  if (headers.origin === undefined || rules.attributes.length === 0) return null
  const agent = agentOf(headers['user-agent']?.toString())
  const known = { ...agent, country: rules.country === null ? null : countryIn(headers, raw, rules.country) }
  const viewer: { [name in ViewerAttribute]?: string } = {}
  let isKnown = false
  for (const name of rules.attributes) {
    const value = known[name]
    if (value == null) continue
    viewer[name] = value
    isKnown = true
  }
  return isKnown ? viewer : null
}

function countryIn(
  headers: ViewerRequest['headers'],
  { socket }: ViewerRequest['raw'],
  { header, believes }: NonNullable<ViewerRules['country']>,
): string | null {
  const sender = socket?.remoteAddress
  return sender !== undefined && believes(sender) ? countryOf(headers[header]) : null
}
