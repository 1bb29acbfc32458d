// Reads a Content-Type header. The server's own parsing has been bypassed before, so routes that read bodies
// judge the header themselves, by this one strict rule.

const MEDIA_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+$/
const UTF8_PARAMETER = /^charset="?utf-?8"?$/

/**
 * The media type in lower case, without its parameters; null where the header is missing or malformed, or
 * carries a parameter other than `charset=utf-8` (all bodies here are UTF-8).
 */
export function mediaTypeOf(header: string | undefined): string | null {
  if (header === undefined) return null
  const [type, ...parameters] = header.toLowerCase().split(';')
  const mediaType = type!.trim()
  if (!MEDIA_TYPE.test(mediaType)) return null
  return parameters.every((parameter) => UTF8_PARAMETER.test(parameter.trim())) ? mediaType : null
}
