// Schemas in words: what a value may be, with links to named schemas. Pure.
import type { Schema } from './description.ts'
import { type Html, html } from './html.ts'

const REFERENCE = /^#\/components\/schemas\/(\w+)$/

/** What a reference stands for, and other schemas as they are. */
export function resolved(schema: Schema, schemas: Readonly<Record<string, Schema>>): Schema {
  return schemas[REFERENCE.exec(schema.$ref ?? '')?.[1] ?? ''] ?? schema
}

/** Such as "integer, at least 1, at most 1000", or "list of Event, 1 to 1000". */
export function schemaText(schema: Schema): Html {
  const name = REFERENCE.exec(schema.$ref ?? '')?.[1]
  if (name !== undefined) return html`<a href="#schema-${name}">${name}</a>`
  const choices = schema.anyOf ?? schema.oneOf
  if (choices !== undefined) return joined(choices.map(schemaText), ' or ')
  if (schema.allOf !== undefined) return joined(schema.allOf.map(schemaText), ' and ')
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`
  if (schema.enum !== undefined) {
    return joined(
      schema.enum.map((value) => html`<code>${String(value)}</code>`),
      ' ',
    )
  }
  if (schema.properties !== undefined) return membersText(schema.properties)
  return joined([typeText(schema), ...bounds(schema)], ', ')
}

function membersText(properties: NonNullable<Schema['properties']>): Html {
  const members = Object.entries(properties).map(
    ([name, of]) => html`<code>${name}</code>: ${schemaText(of)}`,
  )
  return html`object with ${joined(members, ', ')}`
}

function typeText({ type, items, additionalProperties, format, pattern }: Schema): Html {
  if (items !== undefined) return html`list of ${schemaText(items)}`
  if (typeof additionalProperties === 'object') {
    return html`object, each member ${schemaText(additionalProperties)}`
  }
  const types = [type ?? 'any'].flat().join(' or ')
  if (pattern !== undefined) return html`${types} like <code>${pattern}</code>`
  return html`${format === 'date-time' ? 'RFC 3339 time' : types}`
}

function bounds(schema: Schema): Html[] {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems } = schema
  return [
    ...range(minimum, maximum, ''),
    ...range(minLength, maxLength, ' characters'),
    ...range(minItems, maxItems, ' items'),
  ]
}

function range(min: number | undefined, max: number | undefined, unit: string): Html[] {
  if (min !== undefined && max !== undefined) return [html`${shown(min)} to ${shown(max)}${unit}`]
  if (min !== undefined) return [html`at least ${shown(min)}${unit}`]
  return max === undefined ? [] : [html`at most ${shown(max)}${unit}`]
}

function shown(bound: number): string {
  return bound.toLocaleString('en-US')
}

function joined(parts: readonly Html[], separator: string): Html {
  return html`${parts.flatMap((part, at) => (at === 0 ? [part] : [html`${separator}`, part]))}`
}
