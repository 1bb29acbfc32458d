// Finds names in the environment that look like a setting of ours written wrongly: `API_KEY` for `API_KEYS` would start
// a server without keys and without a word. Pure.

/** Names of one word, such as PORT, are too short to be told from those of others. */
const WORDS_LEAST = 2
/** So many letters may be wrong, in a short name and in a long one: short ones are near to the names of others. */
const FAULTS_MAX = { short: 1, long: 2 }
const LONG_CHARS_MIN = 10
/** With our name before it, as other programs name their settings. */
const PREFIX = 'TALLY_'
/** What Kubernetes and Docker set by themselves for each service that they know. */
const OF_A_SERVICE = /_PORT(_|$)|_SERVICE_HOST$/

export type NearMiss = { readonly name: string; readonly meant: string }

/** Those of `names` that were probably meant as one of `known`, which is not there itself. */
export function nearMisses(names: readonly string[], known: readonly string[]): readonly NearMiss[] {
  const given = new Set(names)
  const missing = known.filter((name) => !given.has(name) && name.split('_').length >= WORDS_LEAST)
  const settings = new Set(known)
  return names.flatMap((name) => {
    if (settings.has(name) || OF_A_SERVICE.test(name)) return []
    const meant = missing.find((one) => isNear(name, one))
    return meant === undefined ? [] : [{ name, meant }]
  })
}

function isNear(name: string, setting: string): boolean {
  const upper = name.toUpperCase().replaceAll('-', '_')
  if (upper === setting || upper === PREFIX + setting) return true
  if (wordsOf(upper) === wordsOf(setting)) return true
  const faultsMax = setting.length >= LONG_CHARS_MIN ? FAULTS_MAX.long : FAULTS_MAX.short
  return upper[0] === setting[0] && distance(upper, setting, faultsMax) <= faultsMax
}

/** The same for singular and plural. */
function wordsOf(name: string): string {
  return name.replace(/IES\b|IES(?=_)/g, 'Y').replace(/S(?=_|$)/g, '')
}

/**
 * How many letters must be put in, left out, exchanged or swapped with their neighbour (optimal string alignment); more
 * than `most` where there is no telling within it.
 */
function distance(a: string, b: string, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1
  const rows = [Array.from({ length: b.length + 1 }, (_, at) => at)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const exchanged = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      row[j] = Math.min(exchanged, rows[i - 1]![j]! + 1, row[j - 1]! + 1)
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      if (isSwapped) row[j] = Math.min(row[j]!, rows[i - 2]![j - 2]! + 1)
    }
    rows.push(row)
  }
  return rows[a.length]![b.length]!
}
