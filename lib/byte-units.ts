export const MIB = 1 << 20

/** What files or other parts have together. */
export function bytesOf(parts: readonly { readonly bytes: number }[]): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0)
}
