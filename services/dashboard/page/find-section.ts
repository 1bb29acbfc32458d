// Finds sections of the documentation by words: those in titles and headings count more than those in the text. Pure.

export type Findable = {
  readonly page: string
  readonly heading: string
  readonly text: string
  readonly href: string
}

export type FoundSection = Findable & { readonly excerpt: Excerpt }
/** The text around the first word that was found; `match` is that word. */
type Excerpt = { readonly before: string; readonly match: string; readonly after: string }

const WEIGHTS = { page: 6, heading: 8, text: 1 } as const
const WHOLE_WORD = 2
const SAME_HEADING = 20
/** More of one page would hide the others. */
const OF_PAGE_MAX = 3
const EXCERPT_CHARS = { before: 30, after: 70 }

/** Every word must be found; case and accents do not matter. The best come first. */
export function findSections(
  sections: readonly Findable[],
  wanted: string,
  max: number,
): readonly FoundSection[] {
  const words = folded(wanted)
    .split(/\s+/)
    .filter((word) => word !== '')
  if (words.length === 0) return []
  const shown = new Map<string, number>()
  return sections
    .map((section) => ({ section, score: scoreOf(section, words) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .filter(({ section: { page } }) => {
      const times = (shown.get(page) ?? 0) + 1
      shown.set(page, times)
      return times <= OF_PAGE_MAX
    })
    .slice(0, max)
    .map(({ section }) => ({ ...section, excerpt: excerptOf(section.text, words) }))
}

/** 0 if a word is nowhere. */
function scoreOf({ page, heading, text }: Findable, words: readonly string[]): number {
  const fields = [
    { weight: heading === page ? 0 : WEIGHTS.page, text: ` ${folded(page)}` },
    { weight: WEIGHTS.heading, text: ` ${folded(heading)}` },
    { weight: WEIGHTS.text, text: ` ${folded(text)}` },
  ]
  let score = folded(heading) === words.join(' ') ? SAME_HEADING : 0
  for (const word of words) {
    const found = fields.reduce((sum, { weight, text }) => sum + weight * howWell(text, word), 0)
    if (found === 0) return 0
    score += found
  }
  return score
}

/** The beginning of a word counts more than the middle of one. */
function howWell(text: string, word: string): number {
  const at = text.indexOf(word)
  if (at < 0) return 0
  return text.includes(` ${word}`) || text.includes(`/${word}`) ? WHOLE_WORD : 1
}

function excerptOf(text: string, words: readonly string[]): Excerpt {
  const plain = folded(text)
  // Folding keeps the number of characters for nearly all texts; where it does not, the excerpt is from the beginning.
  const places = plain.length === text.length ? words.map((word) => plain.indexOf(word)) : []
  const at = Math.min(...places.filter((place) => place >= 0))
  if (!Number.isFinite(at)) return { before: '', match: '', after: text.slice(0, EXCERPT_CHARS.after) }
  const word = words[places.indexOf(at)]!
  const from = Math.max(0, at - EXCERPT_CHARS.before)
  const end = at + word.length
  return {
    before: (from > 0 ? '…' : '') + text.slice(from, at),
    match: text.slice(at, end),
    after: text.slice(end, end + EXCERPT_CHARS.after),
  }
}

function folded(text: string): string {
  return text.normalize('NFD').replaceAll(/\p{M}/gu, '').toLowerCase()
}
