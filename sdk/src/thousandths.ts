// Values as the server takes them: decimals of at most three places. Pure.

const PLACES = 1_000
/** From here on a number is written with an exponent, and the server refuses it anyway. */
const EXPONENT_FROM = 1e21
/** Below this, too; such a number rounds to 0. */
const EXPONENT_BELOW = 1e-6

/**
 * The nearest number of at most three places, away from zero where two are equally near. A number counts as the
 * shortest decimal that stands for it, as the server reads it: 1.0005, which as a double lies a little below, becomes
 * 1.001, and 0.1 + 0.2 becomes 0.3.
 */
export function toThousandths(value: number): number {
  const size = Math.abs(value)
  // Where the shortest decimal that stands for this number has at most three places; -0 becomes 0.
  if (Math.round(value * PLACES) / PLACES === value || !(size < EXPONENT_FROM)) return value + 0
  if (size < EXPONENT_BELOW) return 0
  // The text moves the point without the error that a multiplication makes.
  const rounded = Math.round(Number(`${size}e3`)) / PLACES
  return value < 0 ? 0 - rounded : rounded
}
