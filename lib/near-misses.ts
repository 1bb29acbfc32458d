// Finds environment variables that look like a misspelt setting of ours: `API_KEY` for `API_KEYS` would silently
// start a server without keys. Pure.

/** Names of one word, such as PORT, are too short to be distinguished from those of other programs. */
const WORDS_LEAST = 2
/** How many letters may be wrong in a short name and in a long one: short ones are close to the names of others. */
const FAULTS_MAX = { short: 1, long: 2 }
const LONG_CHARS_MIN = 10
/** With our name as a prefix, as other programs name their settings. */
const PREFIX = 'TALLY_'
/** Variables that Kubernetes and Docker set by themselves for each service. */
const OF_A_SERVICE = /_PORT(_|$)|_SERVICE_HOST$/

export type NearMiss = { readonly name: string; readonly meant: string }

/** Those of `names` that probably mean one of `known` that is not set itself. */
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
 * The edit distance: letters inserted, deleted, substituted or swapped with their neighbour (optimal string
 * alignment). More than `most` if it exceeds that.
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
