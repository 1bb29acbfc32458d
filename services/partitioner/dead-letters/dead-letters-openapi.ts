// The routes with which operators handle dead letters. dead-letters.ts enforces the rules.

import { keysFor } from '../../../schemas/openapi/access.ts'
import { answersOf } from '../../../schemas/openapi/answers.ts'
import { END_TIME, parameter, plainText, TENANT_NAME, TIME } from '../../../schemas/openapi/parameters.ts'
import { KEY_PROBLEMS, problem, temporaryProblem } from '../../../schemas/openapi/problems.ts'
import { samples, URL } from '../../../schemas/openapi/samples.ts'
import { PAGE_LETTERS_MAX } from './dead-letters.ts'
import { EVENTS_SHOWN_MAX } from './decode-letter.ts'
import { STATES } from './letter-acts.ts'
import { REASON_CHARS_MAX } from './letter-questions.ts'
import { BYTES_SHOWN_MAX } from './views.ts'

const instant = { type: 'string', format: 'date-time' } as const
const tally = { type: 'integer', minimum: 0 } as const
const text = { type: 'string' } as const
const textOrNull = { type: ['string', 'null'] } as const
const ref = (schema: string) => ({ $ref: `#/components/schemas/${schema}` })
const orNull = (schema: object) => ({ anyOf: [schema, { type: 'null' }] })

const eventFields = {
  type: 'object',
  description: 'The readable fields, in the form in which events are sent; they may break its rules.',
} as const

const decodedEvent = {
  index: { type: 'integer', description: 'The index of the event in its record.' },
  fault: { ...textOrNull, description: 'Why it cannot be read; null if it can.' },
  fingerprint: { ...textOrNull, description: "Of the writer's schema." },
  tenant: textOrNull,
  event: eventFields,
  brokeAt: orNull({
    type: 'object',
    description: 'Where reading had to stop, and what was expected there.',
    required: ['byte', 'field'],
    properties: { byte: tally, field: text },
    additionalProperties: false,
  }),
} as const
const decodedRequired = Object.keys(decodedEvent)

const letter = {
  id: { ...text, description: 'Its source and offset in the dead lane.' },
  state: { type: 'string', enum: STATES },
  keptAt: { ...instant, description: 'When it was set aside.' },
  reason: { ...text, description: 'The code of the fault.' },
  origin: { type: 'string', enum: ['record', 'event', 'row', 'unknown'] },
  source: { ...text, description: 'Where its bytes were in the log.' },
  offset: { type: 'integer' },
  index: { type: 'integer', description: 'The index of the event in its record; -1 for other letters.' },
  logTime: instant,
  byteLength: tally,
  event: orNull(eventFields),
  lastAct: orNull(ref('DeadLetterAct')),
} as const

export const deadLetterSchemas = {
  DeadLetter: {
    type: 'object',
    required: Object.keys(letter),
    properties: letter,
    additionalProperties: false,
  },
  DeadLetterDetail: {
    type: 'object',
    required: [...Object.keys(letter), 'decoded', 'base64', 'bytesOmitted'],
    properties: {
      ...letter,
      decoded: {
        description: 'As far as possible; null if nothing is known about the bytes.',
        anyOf: [ref('DecodedEvent'), ref('DecodedRecord'), ref('DecodedRow'), { type: 'null' }],
      },
      base64: { ...text, description: `The first ${BYTES_SHOWN_MAX} bytes.` },
      bytesOmitted: tally,
    },
    additionalProperties: false,
  },
  DecodedEvent: {
    type: 'object',
    required: ['kind', ...decodedRequired],
    properties: { kind: { const: 'event' }, ...decodedEvent },
    additionalProperties: false,
  },
  DecodedRecord: {
    type: 'object',
    required: ['kind', 'announced', 'found', 'readable', 'brokeAt', 'events'],
    properties: {
      kind: { const: 'record' },
      announced: orNull({ ...tally, description: 'How many events its header announces.' }),
      found: { ...tally, description: 'How many are complete, readable or not.' },
      readable: tally,
      brokeAt: orNull({ type: 'object', required: ['byte'], properties: { byte: tally } }),
      events: {
        type: 'array',
        maxItems: EVENTS_SHOWN_MAX,
        items: { type: 'object', required: decodedRequired, properties: decodedEvent },
      },
    },
    additionalProperties: false,
  },
  DecodedRow: {
    type: 'object',
    required: ['kind', 'row'],
    properties: { kind: { const: 'row' }, row: { description: 'The row that the store refused.' } },
    additionalProperties: false,
  },
  DeadLetterAct: {
    type: 'object',
    required: ['time', 'act', 'by'],
    properties: {
      time: instant,
      act: { type: 'string', enum: ['replay-begun', 'replayed-in-part', 'replayed', 'discarded'] },
      by: { ...textOrNull, description: "A name of the admin's key; null if keys are off." },
      reason: text,
      event: { description: 'The event as it was corrected.' },
      outcome: ref('ReplayOutcome'),
    },
    additionalProperties: false,
  },
  ReplayOutcome: {
    type: 'object',
    required: ['accepted', 'late', 'rejected', 'unreadable', 'faults'],
    properties: {
      accepted: { ...tally, description: 'Events that are durable, including late ones.' },
      late: tally,
      rejected: tally,
      unreadable: tally,
      faults: {
        type: 'array',
        description: 'The first of the events that are not stored.',
        items: {
          type: 'object',
          required: ['index', 'code', 'detail'],
          properties: { index: { type: 'integer' }, code: text, detail: text },
        },
      },
    },
    additionalProperties: false,
  },
  DeadLetterPage: {
    type: 'object',
    required: ['letters', 'cursor'],
    properties: {
      letters: { type: 'array', items: ref('DeadLetter') },
      cursor: {
        ...textOrNull,
        description: 'For the next page, even after a page that is not full; null at the end.',
      },
    },
    additionalProperties: false,
  },
  BulkReplay: {
    type: 'object',
    required: ['replayed', 'refused', 'cursor'],
    properties: {
      replayed: { ...tally, description: 'Letters of which every event is stored.' },
      refused: {
        type: 'array',
        items: { type: 'object', required: ['id', 'detail'], properties: { id: text, detail: text } },
      },
      cursor: { ...textOrNull, description: 'The cursor of the next letters; null at the end.' },
    },
    additionalProperties: false,
  },
} as const

const limit = { type: 'integer', minimum: 1, maximum: PAGE_LETTERS_MAX, default: 100 } as const
const letterName = { type: 'string', pattern: '^[0-9a-f]{8}-[0-9]{1,4}:[0-9]{1,15}$' } as const
const ID = parameter('path', 'id', true, 'The name of a letter.', letterName)
const FILTER = [
  parameter('query', 'reason', false, 'Only letters of this fault.', plainText(1, REASON_CHARS_MAX)),
  parameter('query', 'startTime', false, 'Only letters that were set aside then or later.', TIME),
  parameter('query', 'endTime', false, 'Only letters that were set aside before.', END_TIME),
  parameter('query', 'limit', false, 'Letters in one answer.', limit),
  parameter('query', 'cursor', false, 'Of an earlier answer.', letterName),
]

const answered = answersOf(deadLetterSchemas)

const REFUSALS = {
  400: problem('The request is not valid.'),
  ...KEY_PROBLEMS,
  503: temporaryProblem('The log or the journal is away. Retry the same request: nothing is counted twice.'),
} as const
const NOT_FOUND = { 404: problem('There is no such letter, or no longer.') } as const

type Body = {
  readonly example: object
  readonly properties: object
  /** Those without which there is no body. */
  readonly needed?: readonly string[]
}

const body = ({ example, properties, needed = [] }: Body) => ({
  required: needed.length > 0,
  content: {
    'application/json': {
      schema: {
        type: 'object',
        properties,
        required: needed,
        additionalProperties: false,
        examples: [example],
      },
    },
  },
})

const tags = ['dead letters'] as const

const LETTERS = '/v1/admin/dead-letters'
/** The name of the newest letter that is open. */
const OPEN_ID = `ID=$(curl -s '${URL}${LETTERS}?state=open&limit=1' | grep -o '"id":"[^"]*' | head -1 | cut -d'"' -f4)`

export const deadLetterPaths = {
  '/v1/admin/dead-letters': {
    get: {
      tags,
      operationId: 'listDeadLetters',
      security: keysFor('admin'),
      summary: 'What could not be counted, newest first',
      description:
        'A letter is an event or a record that was accepted but cannot be read or stored. It is kept as long as raw ' +
        'events are, and stays open until it is replayed or discarded. A page may hold fewer letters than `limit` ' +
        'and still have a `cursor`.',
      parameters: [
        parameter('query', 'state', false, 'Default: all.', { type: 'string', enum: STATES }),
        ...FILTER,
      ],
      responses: { ...answered('DeadLetterPage', 'A page of letters.'), ...REFUSALS },
      'x-codeSamples': samples({ path: `${LETTERS}?state=open` }),
    },
  },
  '/v1/admin/dead-letters/{id}': {
    get: {
      tags,
      operationId: 'getDeadLetter',
      security: keysFor('admin'),
      summary: 'One letter, decoded as far as possible',
      description:
        'With its bytes in Base64, what could be read of them, and where reading had to stop. An `id` comes from the ' +
        'list.',
      parameters: [ID],
      responses: { ...answered('DeadLetterDetail', 'The letter.'), ...REFUSALS, ...NOT_FOUND },
      'x-codeSamples': samples({ given: OPEN_ID, path: `${LETTERS}/$ID` }),
    },
  },
  '/v1/admin/dead-letters/{id}/replay': {
    post: {
      tags,
      operationId: 'replayDeadLetter',
      security: keysFor('admin'),
      summary: 'Send the events of a letter through the front door',
      description:
        'As far as they can be read, or corrected; with their own ids and times, so that they count once however ' +
        'often this is sent. A letter stays open as long as one of its events is not stored.',
      parameters: [ID],
      requestBody: body({
        example: { event: { id: 'e3', videoId: 'cats', type: 'view', time: '2026-11-21T12:00:00Z' } },
        properties: {
          event: ref('EventWithSource'),
          tenant: {
            ...TENANT_NAME,
            description: 'Required if the letter does not name the tenant of its event.',
          },
        },
      }),
      responses: {
        ...answered('DeadLetter', 'Accepted events are durable; `lastAct.outcome` has the details.'),
        ...REFUSALS,
        ...NOT_FOUND,
        409: problem('Letters of this kind cannot be replayed, or not as this event.'),
        422: problem('Not one event was accepted; `outcome` says why.'),
      },
      'x-codeSamples': samples({ given: OPEN_ID, method: 'POST', path: `${LETTERS}/$ID/replay` }),
    },
  },
  '/v1/admin/dead-letters/{id}/discard': {
    post: {
      tags,
      operationId: 'discardDeadLetter',
      security: keysFor('admin'),
      summary: 'Discard a letter, with a reason',
      description:
        'For what is not worth to be counted. The reason is kept with the name of the key; nothing is deleted before ' +
        'its time.',
      parameters: [ID],
      requestBody: body({
        example: { reason: 'sent by a test' },
        properties: { reason: plainText(1, REASON_CHARS_MAX) },
        needed: ['reason'],
      }),
      responses: {
        ...answered('DeadLetter', 'It is kept and may still be replayed.'),
        ...REFUSALS,
        ...NOT_FOUND,
        409: problem('It has been replayed.'),
      },
      'x-codeSamples': samples({
        ...{ given: OPEN_ID, path: `${LETTERS}/$ID/discard` },
        body: { reason: 'sent by a test' },
      }),
    },
  },
  '/v1/admin/dead-letters/replay': {
    post: {
      tags,
      operationId: 'replayDeadLetters',
      security: keysFor('admin'),
      summary: 'Replay the open letters that match a filter',
      description:
        'As many as `limit`, newest first, each as if it were replayed by itself. Go on with `cursor` until it is ' +
        'null. What is refused stays open, and is named with the reason.',
      requestBody: body({
        example: { reason: 'unknown_schema', limit: 100 },
        properties: Object.fromEntries(
          FILTER.map(({ name, description, schema }) => [name, { description, ...schema }]),
        ),
      }),
      responses: { ...answered('BulkReplay', 'How they ended.'), ...REFUSALS },
      'x-codeSamples': samples({ path: `${LETTERS}/replay`, body: { limit: 100 } }),
    },
  },
} as const
