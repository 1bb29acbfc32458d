// Parameters as several addresses describe them.
import { NAME_CHARS_MAX } from '../../services/model/names.ts'
import { TIME_MS_MAX } from '../../services/query/query-time.ts'

export const parameter = (
  place: 'path' | 'query',
  name: string,
  required: boolean,
  description: string,
  schema: object,
) => ({
  ...{ name, in: place, required, description, schema },
})

/** Well-formed Unicode without control characters; see services/model/plain-text.ts. */
export const plainText = (charsLeast: number, charsMax: number) =>
  ({
    type: 'string',
    minLength: charsLeast,
    maxLength: charsMax,
    pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028\\u2029]*$',
  }) as const

/** Of the id of a video, a viewer or a channel. */
export const NAME = plainText(1, NAME_CHARS_MAX)

export const TENANT_NAME = { type: 'string', pattern: '^[A-Za-z0-9._-]{0,64}$' } as const

/** From 1970 to 9999. */
export const TIME = {
  anyOf: [
    { type: 'string', format: 'date-time', pattern: '^(19[7-9]|[2-9][0-9]{2})[0-9]-' },
    {
      type: 'number',
      minimum: 0,
      maximum: TIME_MS_MAX,
      description: 'Epoch milliseconds; a fraction is cut off.',
    },
  ],
} as const

/** In a body epoch milliseconds may be text, as they are in an address. */
export const BODY_TIME = {
  anyOf: [...TIME.anyOf, { type: 'string', pattern: '^[0-9]{1,14}(\\.[0-9]+)?$' }],
} as const
