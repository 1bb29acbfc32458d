// The rule for keys of an object store, so that no key can point outside of it and all forms refuse the same ones.
// Pure.

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

/** A bucket may also hold foreign objects, whose names are not valid keys here. */
export function isKey(text: string): boolean {
  return text.split('/').every(isWord)
}

/** The rule for a word between the slashes of a key; never `.` or `..`. */
export function isWord(word: string): boolean {
  return WORD.test(word)
}
