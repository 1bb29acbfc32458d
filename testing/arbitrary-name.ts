// Random names for property tests: everything that the front door accepts as the id of a video, a viewer or a
// channel, especially what formats and clients tend to change, and names that differ only in this.
import fc from 'fast-check'
import { isName, NAME_CHARS_MAX } from '../model/names.ts'

/** Characters that decoders drop, editors hide or databases fold. */
const ODD = [
  '\ufeff', // the byte order mark
  '\u200b\u200d\u2060\u00ad', // zero width
  '\u200e\u202e\u2066\u2069', // direction marks
  '\ufffe\uffff\ufdd0\u{1ffff}', // noncharacters
  '\ufffd\ufffc', // replacement characters
  ' \u00a0\u3000', // blanks
  '\u{1f600}\u{10ffff}\ue000', // sorted differently in UTF-16 and UTF-8
  'é\u0301ÅßİıſK', // two normal forms, or unusual case mapping
  '\'"`\\%_*?/,;=+-@{}[]<>&|~!#:.', // special in some language
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

/** A name and its near variants: no two are equal. */
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

/** Runs a check on many sets of such names, each with its own tenant. */
export async function checkNames(
  check: (tenant: string, names: readonly string[]) => Promise<void>,
  numRuns = RUNS,
): Promise<void> {
  const property = fc.asyncProperty(arbitraryNames, (names) => check(`names-${++tenants}`, names))
  await fc.assert(property, { numRuns })
}
