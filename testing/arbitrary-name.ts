// Random names for property tests: all that the door takes for the id of a video, a viewer or a channel, with what
// formats and clients like to change in them, and names that are equal but for one of these.
import fc from 'fast-check'
import { isName, NAME_CHARS_MAX } from '../model/names.ts'

/** Characters that decoders drop, editors hide or databases fold. */
const ODD = [
  '\ufeff', // the byte order mark
  '\u200b\u200d\u2060\u00ad', // of no width
  '\u200e\u202e\u2066\u2069', // of direction
  '\ufffe\uffff\ufdd0\u{1ffff}', // never to be characters
  '\ufffd\ufffc', // what stands for what could not be read
  ' \u00a0\u3000', // blanks
  '\u{1f600}\u{10ffff}\ue000', // those that UTF-16 and UTF-8 sort otherwise
  'é\u0301ÅßİıſK', // of two forms, or of odd case
  '\'"`\\%_*?/,;=+-@{}[]<>&|~!#:.', // of a meaning in some language
  '0aA',
].flatMap((characters) => Array.from(characters))

const odd = fc.string({ unit: fc.constantFrom(...ODD), minLength: 1, maxLength: 6 })
const any = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 })
const longest = fc
  .tuple(fc.constantFrom('a', 'é', '\ufeff', '\u{1f600}'), odd)
  .map(([filling, end]) => `${filling.repeat(NAME_CHARS_MAX - Array.from(end).length)}${end}`)

/** One name. */
export const arbitraryName: fc.Arbitrary<string> = fc
  .oneof(
    { arbitrary: odd, weight: 3 },
    any,
    fc.tuple(odd, any).map((parts) => parts.join('')),
    longest,
  )
  .filter(isName)

/** A name and all that nearly are it: no two are equal. */
export const arbitraryNames: fc.Arbitrary<readonly string[]> = arbitraryName.map((name) =>
  Array.from(new Set([name, ...alike(name)])).filter(isName),
)

function alike(name: string): string[] {
  const beside = [
    '\ufeff',
    '\u200b',
    '\u202e',
    '\ufffe',
    '\uffff',
    '\u{10ffff}',
    ' ',
    '\u00a0',
    '\u0301',
    'a',
    '~',
  ]
  return [
    ...beside.flatMap((character) => [`${character}${name}`, `${name}${character}`]),
    ...(['NFC', 'NFD', 'NFKC', 'NFKD'] as const).map((form) => name.normalize(form)),
    name.toLowerCase(),
    name.toUpperCase(),
    name.trim(),
    name.slice(1),
    name.replaceAll('\ufeff', ''),
    encodeURIComponent(name),
  ]
}

const RUNS = 20
let tenants = 0

/** Runs a check on many sets of such names, each for a tenant of its own. */
export async function checkNames(
  check: (tenant: string, names: readonly string[]) => Promise<void>,
  numRuns = RUNS,
): Promise<void> {
  const property = fc.asyncProperty(arbitraryNames, (names) => check(`names-${++tenants}`, names))
  await fc.assert(property, { numRuns })
}
