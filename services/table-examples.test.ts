// Examples of CSV and of lines of JSON in the description, which are made beside the services, against what the
// services make of the same answers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CSV_FORM, csvPieces } from '../lib/csv.ts'
import { ndjsonPieces } from '../lib/ndjson.ts'
import type { Table } from '../lib/table.ts'
import { EXAMPLES } from '../schemas/openapi/examples.ts'
import { OPENAPI } from './description.ts'
import { queryTable, statsTable, summaryTable, totalTable } from './query/answer/tables.ts'
import { queryQuestion } from './query/question/query-question.ts'
import { breakdownTable } from './reconciler/questions/breakdown-route.ts'

type Media = { readonly schema: { readonly $ref?: string }; readonly example?: string }
type Operation = {
  readonly responses: Readonly<Record<string, { readonly content?: Readonly<Record<string, Media>> }>>
}

const PATHS = OPENAPI.paths as unknown as Readonly<Record<string, Readonly<Record<string, Operation>>>>
const SCHEMA = '#/components/schemas/'

/** What the example of an answer to a query was asked by. */
const QUESTION = queryQuestion(
  { videoIds: ['cats', 'dogs'], eventTypes: 'view', functions: ['count', 'average'], groupBy: 'video' },
  Date.now(),
)

const TABLES: Readonly<Record<string, () => Table>> = {
  Stats: () => statsTable(answer(EXAMPLES.Stats)),
  ChannelStats: () =>
    totalTable({ channelId: EXAMPLES.ChannelStats.channelId }, answer(EXAMPLES.ChannelStats)),
  SiteStats: () => totalTable({}, answer(EXAMPLES.SiteStats)),
  Summary: () => summaryTable(answer(EXAMPLES.Summary)),
  QueryAnswer: () => queryTable(answer(EXAMPLES.QueryAnswer), QUESTION),
  Breakdown: () => breakdownTable(answer(EXAMPLES.Breakdown)),
  ChannelBreakdown: () => breakdownTable(answer(EXAMPLES.ChannelBreakdown)),
  SiteBreakdown: () => breakdownTable(answer(EXAMPLES.SiteBreakdown)),
}

/** As services hold it: every number as the digits that are sent. */
function answer<T>(example: object): T {
  return JSON.parse(JSON.stringify(example), (_, value) =>
    typeof value === 'number' ? JSON.rawJSON(String(value)) : value,
  )
}

const shown = new Set<string>()

for (const [path, operations] of Object.entries(PATHS))
  for (const [method, { responses }] of Object.entries(operations))
    for (const { content = {} } of Object.values(responses)) {
      const { 'application/json': json, 'text/csv': csv, 'application/x-ndjson': lines } = content
      const schema = json?.schema.$ref?.replace(SCHEMA, '')
      if (schema === undefined || csv === undefined) continue
      shown.add(schema)
      test(`${method.toUpperCase()} ${path} writes the table that its description shows`, () => {
        const table = TABLES[schema]
        assert.ok(table !== undefined, `there is no table of ${schema} here`)
        const written = [...csvPieces(table(), CSV_FORM)].join('').replaceAll('\r\n', '\n')
        assert.equal(csv.example, written)
        if (lines !== undefined) assert.equal(lines.example, [...ndjsonPieces(table())].join(''))
      })
    }

test('every table is shown', () => {
  assert.deepEqual([...shown].sort(), Object.keys(TABLES).sort())
})
