// Filters by attributes of events: an event counts if it has one of the values of each attribute that is named.
// Read from an address (`where=country:DE`) or a JSON body (`{"country": ["DE", "FR"]}`). Pure.
import { listOf, objectOf, type Parameters, type RawParameters } from '../../../lib/http/parameters.ts'
import { ATTRIBUTE_VALUE_CHARS_MAX } from '../../../model/parse-event.ts'
import { isPlainText } from '../../../model/plain-text.ts'

/** The wanted values by attribute: one or more of each. An event without the attribute has the value ''. */
export type Where = Readonly<Record<string, readonly string[]>>

const NO_FILTER: Where = {}
/** Of all attributes together. */
export const WHERE_VALUES_MAX = 20

/** A filter of an address, for the description; see DIMENSION for the attribute, and `isValue` for what follows. */
export const FILTER_PATTERN =
  '^[A-Za-z][A-Za-z0-9._-]{0,63}:' +
  `[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]{0,${ATTRIBUTE_VALUE_CHARS_MAX}}$`

type Wanted = { readonly attribute: string; readonly value: string }

const VALUES_RULE = `values of at most ${ATTRIBUTE_VALUE_CHARS_MAX} characters, ${WHERE_VALUES_MAX} in all`

/** Whether an address asks for some events alone. */
export function isFiltered(query: RawParameters): boolean {
  return query.where !== undefined
}

/** Given once or more; equal attributes are of one filter. */
export function whereOfAddress(parameters: Parameters, attributes: readonly string[]): Where {
  const rule = `attribute:value, such as ${attributes[0]}:DE, with ${attributesRule(attributes)}`
  const parse = (text: string) => wantedOf(text, attributes)
  const wanted = parameters.optionalList('where', rule, WHERE_VALUES_MAX, parse)
  return Object.fromEntries(
    Array.from(
      Map.groupBy(wanted, ({ attribute }) => attribute),
      ([attribute, some]) => [attribute, some.map(({ value }) => value)],
    ),
  )
}

/** A field of a body. */
export function whereOfBody(fields: Parameters<unknown>, attributes: readonly string[]): Where {
  const rule =
    `an object that names for each attribute one of its values or a list of them: ${attributesRule(attributes)}, ` +
    `and ${VALUES_RULE}`
  return fields.optional('where', rule, (given) => whereOf(given, attributes)) ?? NO_FILTER
}

export function attributesRule(attributes: readonly string[]): string {
  return `one of the attributes that this server declares: ${attributes.join(', ')}`
}

function wantedOf(text: string, attributes: readonly string[]): Wanted | null {
  const at = text.indexOf(':')
  const [attribute, value] = [text.slice(0, at), text.slice(at + 1)]
  return at > 0 && attributes.includes(attribute) && isValue(value) ? { attribute, value } : null
}

function whereOf(given: unknown, attributes: readonly string[]): Where | null {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) return null
  const filters = Object.entries(objectOf(given)).map(([attribute, values]) => {
    const wanted = attributes.includes(attribute) ? listOf(parseValue, WHERE_VALUES_MAX)(values) : null
    return wanted && ([attribute, wanted] as const)
  })
  if (filters.includes(null)) return null
  const where = filters.filter((filter) => filter !== null)
  const count = where.reduce((sum, [, values]) => sum + values.length, 0)
  return count > WHERE_VALUES_MAX ? null : Object.fromEntries(where)
}

function parseValue(given: unknown): string | null {
  return isValue(given) ? given : null
}

/** What an attribute of an event may be. */
function isValue(given: unknown): given is string {
  return given === '' || isPlainText(given, ATTRIBUTE_VALUE_CHARS_MAX)
}
