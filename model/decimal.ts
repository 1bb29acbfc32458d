// Decimals with at most three places as integers of thousandths, so that sums are exact whatever their order.

const THOUSANDTHS_MAX = 1e12 // |value| ≤ 1e9
const DECIMAL = /^(-?)(0|[1-9]\d{0,9})(?:\.(\d{1,3}))?$/

/**
 * A number, or a string like `-12.5`, in thousandths; null where it has more than three places or |value| > 1e9. A
 * double counts as the shortest decimal that parses to it: 1.005 is 1005, 0.1 + 0.2 has 17 places and is null.
 */
export function thousandthsOf(value: unknown): number | null {
  if (typeof value === 'number') return fromNumber(value)
  return typeof value === 'string' ? fromText(value) : null
}

function fromNumber(value: number): number | null {
  const thousandths = Math.round(value * 1000)
  // Division rounds correctly, so it gives the same double again only if that double means these thousandths.
  return thousandths / 1000 === value ? bounded(thousandths) : null
}

function fromText(text: string): number | null {
  const match = DECIMAL.exec(text)
  if (match === null) return null
  const [, sign, whole, places = ''] = match
  const thousandths = Number(whole) * 1000 + Number(places.padEnd(3, '0'))
  return bounded(sign === '-' ? -thousandths : thousandths)
}

function bounded(thousandths: number): number | null {
  return Math.abs(thousandths) <= THOUSANDTHS_MAX ? thousandths + 0 : null // -0 + 0 is 0
}
