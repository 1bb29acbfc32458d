// Parameters that several addresses share in their description.

import { END_MS_MIN, TIME_MS_MAX } from '../../lib/http/query-time.ts'
import { NAME_CHARS_MAX } from '../../model/names.ts'

export const parameter = (
  place: 'path' | 'query',
  name: string,
  required: boolean,
  description: string,
  schema: object,
) => ({
  ...{ name, in: place, required, description, schema },
})

/** Well-formed Unicode without control characters; see model/plain-text.ts. */
export const plainText = (charsLeast: number, charsMax: number) =>
  ({
    type: 'string',
    minLength: charsLeast,
    maxLength: charsMax,
    pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]*$',
  }) as const

/** The id of a video, a viewer or a channel. */
export const NAME = plainText(1, NAME_CHARS_MAX)

export const TENANT_NAME = { type: 'string', pattern: '^[A-Za-z0-9._-]{0,64}$' } as const

/** From 1970 to 9999. */
export const TIME = timeOf('19[7-9]|[2-9][0-9]{2}', 0)

/** No range ends before 2000. */
export const END_TIME = timeOf('[2-9][0-9]{2}', END_MS_MIN)

/** In a body too, epoch milliseconds may be text, as in an address. */
export const BODY_TIME = { anyOf: [...TIME.anyOf, digits('[0-9]{1,14}')] } as const

/** Twelve-digit milliseconds (before September 2001) are accepted as text too, but not described. */
export const BODY_END_TIME = { anyOf: [...END_TIME.anyOf, digits('[1-9][0-9]{12,13}')] } as const

function timeOf(decades: string, leastMs: number) {
  return {
    anyOf: [
      { type: 'string', format: 'date-time', pattern: `^(${decades})[0-9]-` },
      {
        type: 'number',
        minimum: leastMs,
        maximum: TIME_MS_MAX,
        description: 'Epoch milliseconds; a fraction is cut off.',
      },
    ],
  } as const
}

function digits(whole: string) {
  return { type: 'string', pattern: `^${whole}(\\.[0-9]+)?$` } as const
}
