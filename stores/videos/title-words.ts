// How titles are found by a prefix: folded, from each of the first words on. Pure.

/** Words of a title from which it can be found. */
export const TITLE_WORDS_MAX = 16
/** Of a title from a word on, and so of what can be searched for. */
const TEXT_CHARS_MAX = 64

/** Alike for texts that differ in case, in width or in the number of spaces. */
export function folded(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .trim()
    .replace(/\s+/gu, ' ')
    .slice(0, TEXT_CHARS_MAX)
    .toWellFormed()
}

/** The texts that start with what the title is found by, without repeats. */
export function wordStarts(title: string): readonly string[] {
  const words = title.normalize('NFKC').trim().split(/\s+/u)
  const starts = words.slice(0, TITLE_WORDS_MAX).map((_, at) => folded(words.slice(at).join(' ')))
  return Array.from(new Set(starts.filter((start) => start !== '')))
}
