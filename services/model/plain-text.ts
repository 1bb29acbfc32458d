// What a name may be made of: well-formed Unicode without control characters. Invisible but meaningful
// characters (joiners, direction marks) are allowed, because scripts and emoji need them.

const BYTES_MAX = 512

/**
 * Whether this is a string of 1 to `charsMax` code points and at most 512 bytes of UTF-8, all of them
 * printable.
 */
export function isPlainText(value: unknown, charsMax: number): value is string {
  if (typeof value !== 'string' || value.length === 0 || value.length > 2 * charsMax) return false
  let chars = 0
  let bytes = 0
  for (let at = 0; at < value.length; at += 1) {
    const unit = value.charCodeAt(at)
    chars += 1
    if (unit < 0x80) {
      if (unit < 0x20 || unit === 0x7f) return false
      bytes += 1
    } else if (unit < 0xd800 || unit > 0xdfff) {
      if (unit < 0xa0 || unit === 0x2028 || unit === 0x2029) return false
      bytes += unit < 0x800 ? 2 : 3
    } else {
      at += 1
      if (unit > 0xdbff || !isLowSurrogate(value.charCodeAt(at))) return false
      bytes += 4
    }
  }
  return chars <= charsMax && bytes <= BYTES_MAX
}

/** Goes on from «must be». */
export function plainTextRule(charsLeast: number, charsMax: number): string {
  return `text of ${charsLeast}–${charsMax} characters and at most ${BYTES_MAX} bytes, without control characters`
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}
