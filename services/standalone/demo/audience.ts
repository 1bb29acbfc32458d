// Where the simulated viewers are, and what they watch on. Pure: randomness is a parameter.

/** Shares; some send no attributes at all. */
const WITHOUT_ATTRIBUTES = 0.05
const COUNTRIES: readonly (readonly [string, number])[] = [
  ...([
    ['US', 24],
    ['IN', 17],
    ['DE', 11],
    ['BR', 9],
    ['GB', 8],
    ['JP', 7],
    ['FR', 6],
    ['TR', 5],
  ] as const),
  ...([
    ['NO', 4],
    ['PT', 3],
    ['NL', 2],
    ['MX', 2],
    ['KR', 1],
    ['NZ', 1],
  ] as const),
]
const DEVICES: readonly (readonly [string, number])[] = [
  ['phone', 58],
  ['computer', 24],
  ['tv', 12],
  ['tablet', 6],
]

export function attributesOfViewer(chance: () => number): Record<string, string> {
  if (chance() < WITHOUT_ATTRIBUTES) return {}
  return { country: picked(COUNTRIES, chance), device: picked(DEVICES, chance) }
}

function picked(weighted: readonly (readonly [string, number])[], chance: () => number): string {
  let at = chance() * weighted.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [name, weight] of weighted) {
    if (at < weight) return name
    at -= weight
  }
  return weighted[0]![0]
}
