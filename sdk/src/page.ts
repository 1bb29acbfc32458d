// `@tally/sdk/page`: how a viewer came to this page, as attributes of its events. No path, no query but the three names
// of campaigns, and nothing is kept in the browser.

/** What is looked at of a page. */
export type PageAddress = { readonly href: string; readonly referrer: string }

const CAMPAIGN = ['utm_source', 'utm_medium', 'utm_campaign']
/** The server's bound for a value, in code points. */
const VALUE_CHARS_MAX = 256
/** What the server takes in no value: control characters, line ends, halves of characters. */
const REFUSED = /[\p{Cc}\p{Cs}\u2028\u2029]/gu

/** The SDK is compiled without the DOM, too. */
const { document, location } = globalThis as unknown as {
  readonly document?: { readonly referrer: string }
  readonly location: { readonly href: string }
}
let first: Readonly<Record<string, string>> | undefined

/**
 * `referrer`: the host that led here, without `www.`; `utm_source`, `utm_medium`, `utm_campaign`: as they stand in the
 * address. What is not there is left out, and so is a referrer of the page's own host. The first call decides: pages
 * that change their address by script came here once.
 */
export function pageAttributes(page?: PageAddress): Readonly<Record<string, string>> {
  if (page) return attributesOf(page)
  if (!document) return {}
  first ??= attributesOf({ href: location.href, referrer: document.referrer })
  return first
}

function attributesOf({ href, referrer }: PageAddress): Readonly<Record<string, string>> {
  const found: Record<string, string> = {}
  const from = hostOf(referrer)
  if (from !== hostOf(href)) put(found, 'referrer', from)
  const { searchParams } = new URL(href)
  for (const name of CAMPAIGN) put(found, name, searchParams.get(name) ?? '')
  return found
}

function put(found: Record<string, string>, name: string, value: string): void {
  const text = Array.from(value.replace(REFUSED, '').trim()).slice(0, VALUE_CHARS_MAX).join('')
  if (text) found[name] = text
}

/** Empty where there is none: pages may be opened without a referrer, from files and from apps. */
function hostOf(url: string): string {
  try {
    return new URL(url).hostname.replace(/^www\./, '')
  } catch {
    return ''
  }
}
