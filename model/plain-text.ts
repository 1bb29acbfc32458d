// What a name may be made of: well-formed Unicode without control characters. Invisible but meaningful
// characters (joiners, direction marks) are allowed, because scripts and emoji need them.

/**
 * Whether this is a string of 1 to `charsMax` code points, all of them printable. In UTF-8 each takes at most 4 bytes:
 * 128 of them at most 512.
 */
export function isPlainText(value: unknown, charsMax: number): value is string {
  if (typeof value !== 'string' || value.length === 0 || value.length > 2 * charsMax) return false
  let chars = 0
  for (let at = 0; at < value.length; at += 1) {
    const unit = value.charCodeAt(at)
    chars += 1
    if (unit < 0x80) {
      if (unit < 0x20 || unit === 0x7f) return false
    } else if (unit < 0xd800 || unit > 0xdfff) {
      if (unit < 0xa0 || unit === 0x2028 || unit === 0x2029) return false
    } else {
      at += 1
      if (unit > 0xdbff || !isLowSurrogate(value.charCodeAt(at))) return false
    }
  }
  return chars <= charsMax
}

/** Completes "must be". */
export function plainTextRule(charsLeast: number, charsMax: number): string {
  return `text of ${charsLeast}–${charsMax} characters, without control characters`
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff
}
