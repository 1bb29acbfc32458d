// The policy for versions of the event schema: a new one only appends nullable strings with default null. The
// scanner relies on it (fixed fields first, then optional strings, to the end), and so do readers older than
// a writer. Pure.

const FIXED_FIELDS = [
  ['tenant', 'string'],
  ['videoId', 'string'],
  ['type', 'string'],
  ['id', 'string'],
  ['time', 'long'],
  ['value', ['null', 'long']],
] as const

export type EventSchema = {
  readonly type: 'record'
  readonly name: string
  readonly namespace: string
  readonly fields: readonly { readonly name: string; readonly type: unknown; readonly default?: unknown }[]
}

/** How many optional strings follow the fixed fields. */
export function optionalStringsOf(schema: EventSchema): number {
  return schema.fields.length - FIXED_FIELDS.length
}

/** Violations of the policy among all versions ever written, oldest first; empty if there are none. */
export function policyFaults(versions: readonly EventSchema[]): string[] {
  return versions.flatMap((schema, i) => [
    ...fixedFaults(schema, i + 1),
    ...optionalFaults(schema, i + 1),
    ...(i === 0 ? [] : appendFaults(versions[i - 1]!, schema, i + 1)),
  ])
}

function fixedFaults({ fields }: EventSchema, version: number): string[] {
  return FIXED_FIELDS.flatMap(([name, type], i) => {
    const field = fields[i]
    if (field?.name === name && same(plainType(field.type), type)) return []
    return [`version ${version}: field ${i} must be ${name} of type ${JSON.stringify(type)}`]
  })
}

function optionalFaults({ fields }: EventSchema, version: number): string[] {
  return fields.slice(FIXED_FIELDS.length).flatMap((field) => {
    if (same(field.type, ['null', 'string']) && field.default === null) return []
    return [`version ${version}: ${field.name} must be a nullable string with default null`]
  })
}

function appendFaults(previous: EventSchema, next: EventSchema, version: number): string[] {
  return previous.fields.flatMap(({ name }, i) => {
    if (next.fields[i]?.name === name) return []
    return [`version ${version}: field ${i} must stay ${name}`]
  })
}

/** A type without its logical type, which does not change the encoding. */
function plainType(type: unknown): unknown {
  return typeof type === 'object' && type !== null && 'logicalType' in type && 'type' in type
    ? type.type
    : type
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
