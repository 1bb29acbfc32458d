// Parses durations in k6's form: `90s`, `1m30s`, `2h`, `250ms`; a bare number is milliseconds. Pure.
export const MS_PER_SECOND = 1_000
export const MINUTE_MS = 60 * MS_PER_SECOND

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const WHOLE = /^(\d+(\.\d+)?(ms|s|m|h|d))+$/
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h|d)/g

/** Milliseconds. Throws if the text is not a duration. */
export function durationMs(text: string | number): number {
  const written = String(text)
  if (/^\d+(\.\d+)?$/.test(written)) return Number(written)
  if (!WHOLE.test(written)) throw new Error(`"${written}" is no duration such as 90s, 1m30s or 2h`)
  let sum = 0
  for (const [, amount, unit] of written.matchAll(PART)) sum += Number(amount) * UNITS_MS[unit!]!
  return sum
}
