// Of each operation: words beyond its summary, and an example of what goes in and what comes out, as its schema says.
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { jsonText } from '../schemas/openapi/docs/json-text.ts'
import { misfit } from '../testing/check-answers.ts'
import { OPENAPI } from './description.ts'

type Schema = { readonly $ref?: string; readonly format?: string; readonly examples?: readonly unknown[] }
type Media = {
  readonly schema: Schema
  readonly example?: unknown
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>
}
type Body = { readonly content?: Readonly<Record<string, Media>> }
type Operation = {
  readonly description?: string
  readonly requestBody?: Body
  readonly responses: Readonly<Record<string, Body>>
}

const { paths, components } = OPENAPI as unknown as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}
const JSON_TYPE = /\bjson$/
const BEYOND_KEYS = /^[A-Z][\s\S]{30,}\n\n(Where the server asks for keys|It takes no key)/

/** The examples that stand beside a schema, and those within it. */
function examplesOf({ schema, example, examples = {} }: Media): readonly unknown[] {
  const beside = [
    ...(example === undefined ? [] : [example]),
    ...Object.values(examples).map(({ value }) => value),
  ]
  return [...beside, ...(resolved(schema).examples ?? [])]
}

function resolved(schema: Schema): Schema {
  return components.schemas[schema.$ref?.split('/').at(-1) ?? ''] ?? schema
}

/** Every schema within a value, however deep, with its place. */
function* schemasIn(value: unknown, place: string): Generator<[string, Schema]> {
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray((value as Schema).examples)) yield [place, value as Schema]
  for (const [name, member] of Object.entries(value)) {
    if (name !== 'examples' && name !== 'example') yield* schemasIn(member, `${place}.${name}`)
  }
}

for (const [path, operations] of Object.entries(paths)) {
  for (const [method, { description, requestBody, responses }] of Object.entries(operations)) {
    describe(`${method.toUpperCase()} ${path}`, () => {
      test('says more than its summary, and who may call it', () =>
        assert.match(description ?? '', BEYOND_KEYS))

      test('has examples of its request and its answers, which fit', () => {
        for (const [name, { content = {} }] of Object.entries({ ...responses, request: requestBody ?? {} })) {
          for (const [type, media] of Object.entries(content))
            checkExamples(`${type} of ${name}`, type, media)
        }
      })
    })
  }
}

function checkExamples(name: string, type: string, media: Media): void {
  if (media.schema.format === 'binary') return
  const examples = examplesOf(media)
  assert.ok(examples.length > 0, name)
  for (const example of examples) {
    // The data of an event of a stream is an object, the stream itself is text.
    if (JSON_TYPE.test(type))
      assert.equal(misfit(media.schema, example), null, `${name}: ${jsonText(example)}`)
  }
}

test('examples within schemas fit them', () => {
  for (const [place, schema] of schemasIn({ paths, schemas: components.schemas }, '')) {
    for (const example of schema.examples!) {
      assert.equal(misfit(schema, example), null, `${place}: ${jsonText(example)}`)
    }
  }
})
