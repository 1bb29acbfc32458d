// Parameters as several addresses describe them.

export const parameter = (
  place: 'path' | 'query',
  name: string,
  required: boolean,
  description: string,
  schema: object,
) => ({
  ...{ name, in: place, required, description, schema },
})

export const TIME = {
  anyOf: [
    { type: 'string', format: 'date-time' },
    { type: 'number', minimum: 0, description: 'Epoch milliseconds; a fraction is cut off.' },
  ],
} as const
