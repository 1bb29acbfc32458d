// Finds environment variables that look like a misspelt setting of ours: `API_KEY` for `API_KEYS` would silently
// start a server without keys. Pure.

/** Names of one word, such as PORT, are too short to be told from those of others, misspelt as they would be. */
const WORDS_LEAST = 2
/** A single word, such as SPOOL (of SPOOL_MIB_MAX) or PARTITIONS, must be so long to be told from those of others. */
const ONE_WORD_CHARS_MIN = { withoutMeasure: 5, withKind: 8 }
/** How many letters may be wrong in a short name and in a long one: short ones are close to the names of others. */
const FAULTS_MAX = { short: 1, long: 2 }
const LONG_CHARS_MIN = 10
/** With our name as a prefix, as other programs name their settings. */
const PREFIX = 'TALLY_'
/** Variables that Kubernetes and Docker set by themselves for each service. */
const OF_A_SERVICE = /_PORT(_|$)|_SERVICE_HOST$/

/** All in the singular. */
const UNITS = `MILLI MILLISECOND MS SECOND SEC S MINUTE HOUR H DAY D BYTE B KB KIB MB MIB GB GIB`.split(' ')
const BOUNDS = `MAX MAXIMUM MOST MIN MINIMUM LEAST LIMIT`.split(' ')
/** Words that say how the value is to be read: easily left out, added, or taken for another one. */
const MEASURES = new Set([...UNITS, ...BOUNDS])
/** Words that are easily added at the end. */
const KINDS = new Set([...MEASURES, ...`FILE PATH LIST URL COUNT SIZE NUMBER VALUE`.split(' ')])

export type NearMiss = { readonly name: string; readonly meant: string }

/** Those of `names` that probably mean one of `known` that is not set itself. */
export function nearMisses(names: readonly string[], known: readonly string[]): readonly NearMiss[] {
  const given = new Set(names)
  const missing = known.filter((name) => !given.has(name))
  const settings = new Set(known)
  return names.flatMap((name) => {
    if (settings.has(name) || OF_A_SERVICE.test(name)) return []
    const [meant] = missing
      .filter((one) => isNear(name, one))
      .sort((a, b) => wordsShared(name, b) - wordsShared(name, a))
    return meant === undefined ? [] : [{ name, meant }]
  })
}

function wordsShared(name: string, setting: string): number {
  const words = wordsOf(name.toUpperCase())
  return wordsOf(setting).filter((word) => words.includes(word)).length
}

function isNear(name: string, setting: string): boolean {
  const upper = name.toUpperCase().replaceAll('-', '_')
  const bare = upper.startsWith(PREFIX) ? upper.slice(PREFIX.length) : upper
  return isMisspelt(upper, setting) || isMisspelt(bare, setting) || isMeasuredOtherwise(bare, setting)
}

function isMisspelt(name: string, setting: string): boolean {
  if (setting.split('_').length < WORDS_LEAST) return false
  if (wordsOf(name).join('_') === wordsOf(setting).join('_')) return true
  const faultsMax = setting.length >= LONG_CHARS_MIN ? FAULTS_MAX.long : FAULTS_MAX.short
  return name[0] === setting[0] && distance(name, setting, faultsMax) <= faultsMax
}

/** `FLUSH_INTERVAL`, `FLUSH_INTERVAL_SECONDS` and `MAX_FLUSH_INTERVAL_MS` for `FLUSH_INTERVAL_MS`. */
function isMeasuredOtherwise(name: string, setting: string): boolean {
  const words = wordsOf(name)
  const meant = wordsOf(setting)
  const bare = withoutMeasures(meant)
  const hasMeasure = bare.length > 0 && meant.some((word) => MEASURES.has(word) && words.includes(word))
  const isTold = hasMeasure || isOwn(bare, ONE_WORD_CHARS_MIN.withoutMeasure)
  const isStem = bare.length < meant.length && isTold
  if (isStem && isSame(withoutMeasures(words), bare)) return true
  const isWhole = KINDS.has(words.at(-1)!) && isOwn(meant, ONE_WORD_CHARS_MIN.withKind)
  return isWhole && isSame(words.slice(0, -1), meant)
}

function withoutMeasures(words: readonly string[]): readonly string[] {
  return words.filter((word) => !MEASURES.has(word))
}

/** Whether words are enough to be told from those of others. */
function isOwn(words: readonly string[], oneWordCharsMin: number): boolean {
  return words.length >= WORDS_LEAST || (words[0]?.length ?? 0) >= oneWordCharsMin
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((word, at) => word === b[at])
}

/** In the singular. */
function wordsOf(name: string): readonly string[] {
  return name.split('_').map((word) => (word.length > 2 ? word.replace(/IES$/, 'Y').replace(/S$/, '') : word))
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
