// What of a viewer the front door adds to events: those of the declared dimensions that it can tell.
import { readDimensions } from '../../lib/dimension-settings.ts'
import type { TrustedProxies } from '../../lib/http/client-address.ts'
import type { SettingsReader } from '../../lib/settings-reader.ts'
import { VIEWER_ATTRIBUTES } from '../../model/viewer-attributes.ts'
import type { ViewerRules } from './viewer.ts'

const HEADER_NAME = /^[A-Za-z][A-Za-z0-9-]{0,63}$/

export function readViewerRules(
  read: SettingsReader,
  { trustProxy }: { readonly trustProxy: TrustedProxies },
): ViewerRules {
  const declared = readDimensions(read)
  const header = read.parsed('COUNTRY_HEADER', parseHeaderName, null)
  if (header !== null && !read.isGiven('TRUST_PROXY')) {
    read.refuse('COUNTRY_HEADER needs TRUST_PROXY: it is believed only of the proxies that are named there')
  }
  if (header !== null && !declared.includes('country')) {
    read.refuse('COUNTRY_HEADER is of no use: DIMENSIONS does not name country')
  }
  return {
    attributes: VIEWER_ATTRIBUTES.filter((name) => declared.includes(name)),
    country: header === null ? null : { header, believes: trustProxy },
  }
}

function parseHeaderName(setting: string | undefined): string | null {
  if (setting === undefined) return null
  if (HEADER_NAME.test(setting)) return setting.toLowerCase()
  throw new Error('must be the name of a header, such as CF-IPCountry')
}
