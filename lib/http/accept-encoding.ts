// Reads an Accept-Encoding header (RFC 9110, section 12.5.3).

/** Whether the header names the encoding, other than to refuse it with q=0. Without a header nothing is asked for. */
export function acceptsEncoding(header: string | undefined, encoding: 'br' | 'gzip'): boolean {
  return (header ?? '')
    .split(',')
    .filter((part) => !/;\s*q=0(\.0*)?\s*$/.test(part))
    .some((part) => part.split(';', 1)[0]!.trim().toLowerCase() === encoding)
}
