// Reads a Content-Type header. The server's own parsing has been bypassed before, so routes that read bodies
// judge the header themselves, by this one strict rule.

const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/
const PARAMETER = /^[\w!#$%&'*+.^`|~-]+=("[^"\\]*"|[\w!#$%&'*+.^`|~-]+)$/
const UTF8_PARAMETER = /^charset="?utf-?8"?$/

/**
 * The media type in lower case, without its parameters; null where the header is missing or malformed, or names a
 * charset other than UTF-8, which all bodies here use. Other parameters are ignored (RFC 2045, section 5), and so are
 * empty ones (RFC 9110, section 5.6.6).
 */
export function mediaTypeOf(header: string | undefined): string | null {
  if (header === undefined) return null
  const [type, ...parameters] = header.toLowerCase().split(';')
  const mediaType = type!.trim()
  if (!MEDIA_TYPE.test(mediaType)) return null
  return parameters.every((parameter) => isHarmless(parameter.trim())) ? mediaType : null
}

function isHarmless(parameter: string): boolean {
  if (parameter.startsWith('charset')) return UTF8_PARAMETER.test(parameter)
  return parameter === '' || PARAMETER.test(parameter)
}
