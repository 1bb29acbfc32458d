// How titles and channels are found by a prefix: normalised, starting at each of the first words. Pure.

/** Words of a text from which it can be found. */
const WORDS_MAX = 32
/** The indexed length of a text from a word on, and so the longest useful search text. */
const TEXT_CHARS_MAX = 64
/** Changes whenever the same title has other index texts: a store with others is indexed anew. */
export const INDEX_VERSION = 2

/** Accents are part of a letter only in alphabets whose readers search without them. */
const ACCENTS = /(?<=[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]\p{M}*)\p{M}/gu
/** Letters that no accent makes out of another one. */
const LETTERS: Readonly<Record<string, string>> = {
  ...{ ı: 'i', ł: 'l', ø: 'o', đ: 'd', ð: 'd', ħ: 'h', ß: 'ss', æ: 'ae', œ: 'oe', þ: 'th' },
}
const OTHER_LETTERS = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'gu')
/** Scripts that write words without spaces: each of their letters may begin one. */
const WITHOUT_SPACES =
  /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u

/** Normalises case, width, accents and the number of spaces. */
export function folded(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .normalize('NFD')
    .replace(ACCENTS, '')
    .replace(OTHER_LETTERS, (letter) => LETTERS[letter]!)
    .normalize('NFC')
    .trim()
    .replace(/\s+/gu, ' ')
    .slice(0, TEXT_CHARS_MAX)
    .toWellFormed()
}

/** The index texts of a title or channel, one from each of its first words on, without repeats. */
export function wordStarts(text: string): readonly string[] {
  const starts = wordPlaces(text).map((at) => folded(text.slice(at)))
  return Array.from(new Set(starts.filter((start) => start !== '')))
}

/** Where the first words begin. */
function wordPlaces(text: string): number[] {
  const places: number[] = []
  let isBetween = true
  let at = 0
  for (const letter of text) {
    if (places.length === WORDS_MAX) break
    const isSpace = /\s/u.test(letter)
    if (!isSpace && (isBetween || WITHOUT_SPACES.test(letter))) places.push(at)
    isBetween = isSpace
    at += letter.length
  }
  return places
}
