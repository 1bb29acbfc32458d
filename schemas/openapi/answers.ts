// Answers with one of the description's schemas.

/** `schemas` are those that it may name. */
export function answersOf<Name extends string>(_schemas: Readonly<Record<Name, object>>) {
  return (schema: Name, description: string) => ({
    200: {
      description,
      content: { 'application/json': { schema: { $ref: `#/components/schemas/${schema}` } } },
    },
  })
}
