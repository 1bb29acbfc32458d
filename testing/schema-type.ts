// The TypeScript type of the values that a schema of the description allows, which the compiler compares with
// handwritten types.
import type { OPENAPI } from '../services/description.ts'

type Schemas = typeof OPENAPI.components.schemas

/** The type of a component, by name. */
export type SchemaType<Name extends keyof Schemas> = TypeOf<Schemas[Name]>

type TypeOf<S> = S extends { $ref: `#/components/schemas/${infer Name}` }
  ? Name extends keyof Schemas
    ? TypeOf<Schemas[Name]>
    : never
  : S extends { const: infer Value }
    ? Value
    : S extends { enum: readonly (infer Value)[] }
      ? Value
      : S extends { anyOf: readonly (infer Choice)[] }
        ? TypeOf<Choice>
        : S extends { type: 'array'; items: infer Item }
          ? readonly TypeOf<Item>[]
          : S extends { type: 'object' }
            ? ObjectOf<S>
            : S extends { type: readonly (infer Name)[] }
              ? Named<Name>
              : S extends { type: infer Name }
                ? Named<Name>
                : unknown

type ObjectOf<S> = S extends { properties: infer Properties }
  ? { [Name in keyof Properties as Name extends Required<S> ? Name : never]: TypeOf<Properties[Name]> } & {
      [Name in keyof Properties as Name extends Required<S> ? never : Name]?: TypeOf<Properties[Name]>
    }
  : S extends { additionalProperties: infer Member }
    ? Record<string, TypeOf<Member>>
    : object

type Required<S> = S extends { required: readonly (infer Name)[] } ? Name : never

type Named<Name> = Name extends 'string'
  ? string
  : Name extends 'integer' | 'number'
    ? number
    : Name extends 'boolean'
      ? boolean
      : Name extends 'null'
        ? null
        : unknown
