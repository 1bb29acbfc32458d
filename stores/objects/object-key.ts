// Which keys an object store takes, so that no key can lead out of it and every form refuses the same ones. Pure.

const WORD = /^(?!\.{1,2}$)[A-Za-z0-9._=-]+$/
const KEY_CHARACTERS_MAX = 512

/** Throws a RangeError that names the rule. */
export function checkKey(key: string): void {
  if (key.length > KEY_CHARACTERS_MAX) {
    throw new RangeError(`An object's key has at most ${KEY_CHARACTERS_MAX} characters: ${key}`)
  }
  if (!isKey(key)) {
    throw new RangeError(
      `An object's key is words of [A-Za-z0-9._=-], separated by "/": ${JSON.stringify(key)}`,
    )
  }
}

/** A bucket may also hold objects of others, whose names are no keys of ours. */
export function isKey(text: string): boolean {
  return text.split('/').every(isWord)
}

/** What one of the words between the slashes of a key may be; never `.` or `..`. */
export function isWord(word: string): boolean {
  return WORD.test(word)
}
