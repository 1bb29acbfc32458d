// How titles are found by a prefix: normalised, starting at each of the first words. Pure.

/** Words of a title from which it can be found. */
export const TITLE_WORDS_MAX = 16
/** The indexed length of a title from a word on, and so the longest useful search text. */
const TEXT_CHARS_MAX = 64

/** Normalises case, width and the number of spaces. */
export function folded(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .trim()
    .replace(/\s+/gu, ' ')
    .slice(0, TEXT_CHARS_MAX)
    .toWellFormed()
}

/** The index texts of a title, one from each of its first words on, without repeats. */
export function wordStarts(title: string): readonly string[] {
  const words = title.normalize('NFKC').trim().split(/\s+/u)
  const starts = words.slice(0, TITLE_WORDS_MAX).map((_, at) => folded(words.slice(at).join(' ')))
  return Array.from(new Set(starts.filter((start) => start !== '')))
}
