// The description of the routes of alerts. The rules are enforced by alert-form.ts.
import { keysFor } from '../../../schemas/openapi/access.ts'
import { answersOf } from '../../../schemas/openapi/answers.ts'
import { NAME, parameter } from '../../../schemas/openapi/parameters.ts'
import { CHANGE_PROBLEMS, problem } from '../../../schemas/openapi/problems.ts'
import { samples } from '../../../schemas/openapi/samples.ts'
import { eventType } from '../../query/query-schemas.ts'
import { ALERT_LIMITS, WINDOW_MINUTES } from './alert-form.ts'
import { MILESTONES_KEPT_MAX } from './milestones.ts'
import { URL_CHARS_MAX } from './public-address.ts'

const { perTenantMax, thresholdsMax, countMax, factorLeast, factorMax, silentMinutesMax } = ALERT_LIMITS

const instant = { type: 'string', format: 'date-time' } as const
const orNull = <T extends object>(schema: T) => ({ anyOf: [schema, { type: 'null' }] })
const count = { type: 'integer', minimum: 1, maximum: countMax } as const
const id = { type: 'string', pattern: '^[A-Za-z0-9._:-]{1,64}$' } as const
const url = { type: 'string', format: 'uri', maxLength: URL_CHARS_MAX } as const

const CONDITIONS = {
  passes: {
    words:
      'The count of all time reaches a threshold. Each is told of once, whatever happens to the count later.',
    fields: {
      thresholds: { type: 'array', items: count, minItems: 1, maxItems: thresholdsMax, uniqueItems: true },
    },
  },
  rises: {
    words:
      'A full window counts `factor` times what the window before counted, and at least `countMin`. Windows begin at ' +
      'whole multiples of their length, in UTC; each is judged once.',
    fields: {
      factor: { type: 'number', minimum: factorLeast, maximum: factorMax },
      windowMinutes: { type: 'integer', enum: WINDOW_MINUTES },
      countMin: count,
    },
  },
  silent: {
    words: 'Nothing happened for so many minutes, by counts that are complete. Each silence is told of once.',
    fields: { minutes: { type: 'integer', minimum: 1, maximum: silentMinutesMax } },
  },
} as const

const CONDITION_FIELDS = Object.assign({}, ...Object.values(CONDITIONS).map(({ fields }) => fields))

export const ALERT_EXAMPLE = {
  ...{ id: 'intro-views', videoId: 'intro', eventType: 'view' },
  ...{ kind: 'passes', thresholds: [1_000, 1_000_000] },
  url: 'https://hooks.example/tally',
} as const

const MILESTONE_FIELDS = {
  id: { type: 'string', description: 'As in the header webhook-id of each request.' },
  count: { type: 'integer', minimum: 0, description: 'What was counted when it was found, as of `asOf`.' },
  asOf: instant,
  notedAt: instant,
  state: {
    enum: ['waiting', 'delivered', 'given_up'],
    description: 'A webhook is given up three days after it was noted.',
  },
  attempts: { type: 'integer', minimum: 0 },
  deliveredAt: orNull(instant),
  nextAttemptAt: orNull(instant),
  lastError: { type: ['string', 'null'] },
} as const

const ALERT_FIELDS = {
  id,
  videoId: NAME,
  eventType,
  kind: { enum: Object.keys(CONDITIONS) },
  url: { type: 'string' },
  createdAt: instant,
  state: { enum: ['on', 'disabled'], description: 'A receiver that answers 410 switches its alert off.' },
  disabledReason: { type: ['string', 'null'] },
  milestones: {
    type: 'array',
    maxItems: 2 * MILESTONES_KEPT_MAX,
    items: { $ref: '#/components/schemas/Milestone' },
  },
} as const

export const alertSchemas = {
  VideoAlertInput: {
    oneOf: Object.entries(CONDITIONS).map(([kind, { words, fields }]) => ({
      type: 'object',
      description: words,
      required: ['id', 'videoId', 'kind', 'url', ...Object.keys(fields)],
      properties: {
        ...{ id, videoId: NAME, eventType: { ...eventType, default: 'view' }, kind: { const: kind } },
        ...fields,
        url: { ...url, description: 'It begins with https://, and its host is of the public internet.' },
        secret: {
          type: 'string',
          pattern: '^whsec_[A-Za-z0-9+/]{32}([A-Za-z0-9+/]{4}){0,12}$',
          description:
            'What signatures are made with: `whsec_` and 24 to 64 random bytes in Base64. Left out, it stays as it ' +
            'was, or one is made and told in this answer alone.',
        },
      },
      additionalProperties: false,
    })),
    examples: [ALERT_EXAMPLE],
  },
  VideoAlert: {
    type: 'object',
    required: Object.keys(ALERT_FIELDS),
    properties: {
      ...ALERT_FIELDS,
      ...CONDITION_FIELDS,
      secret: { type: 'string', description: 'Only where it was made by this request.' },
    },
    additionalProperties: false,
  },
  Milestone: {
    type: 'object',
    required: Object.keys(MILESTONE_FIELDS),
    properties: {
      ...MILESTONE_FIELDS,
      threshold: { ...count, description: 'Of an alert that passes.' },
      startTime: { ...instant, description: 'Of the window of an alert that rises.' },
      endTime: instant,
      countBefore: { type: 'integer', minimum: 0, description: 'Of the window before.' },
      silentSince: { ...instant, description: 'Of an alert that is silent.' },
    },
    additionalProperties: false,
  },
  VideoAlertList: {
    type: 'object',
    required: ['alerts'],
    properties: { alerts: { type: 'array', items: { $ref: '#/components/schemas/VideoAlert' } } },
    additionalProperties: false,
  },
  WebhookTest: {
    type: 'object',
    required: ['id', 'delivered', 'error'],
    properties: {
      id: { type: 'string' },
      delivered: { type: 'boolean' },
      error: { type: ['string', 'null'] },
    },
    additionalProperties: false,
  },
} as const

const answered = answersOf(alertSchemas)
const tags = ['alerts'] as const
const security = keysFor('manage')
const ALERT_ID = parameter('path', 'alertId', true, 'Of an alert.', id)
const missing = { 404: problem('There is no such alert.') }

export const alertPaths = {
  '/v1/alerts': {
    put: {
      ...{ tags, security, operationId: 'putAlert' },
      summary: 'Be told by a signed webhook when a count passes a number, rises, or falls silent',
      description:
        'Makes the alert of this id, or changes it. With the same video, type and kind it keeps what it has told; ' +
        'otherwise it begins anew. A threshold that is passed already is told of at once. Webhooks are signed as the ' +
        'Standard Webhooks say, are sent at least once, and carry the same `webhook-id` each time.',
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { $ref: '#/components/schemas/VideoAlertInput' } } },
      },
      responses: {
        ...answered('VideoAlert', 'It is stored.'),
        ...CHANGE_PROBLEMS,
        409: problem(`There are ${perTenantMax} alerts of this tenant, or too many of all.`),
        413: problem('The body is too large.'),
        415: problem('The body is not JSON.'),
      },
      'x-codeSamples': samples({ method: 'PUT', path: '/v1/alerts', body: ALERT_EXAMPLE }),
    },
    get: {
      ...{ tags, security, operationId: 'getAlerts' },
      summary: 'All alerts, what each has told, and what waits',
      description:
        'Alerts of the tenant of the key, each with the latest milestones that it has told of or tries to tell of. ' +
        'Secrets are not shown: the answer that made an alert was the only one to name its secret.',
      responses: { ...answered('VideoAlertList', 'In the order of their ids.'), ...CHANGE_PROBLEMS },
      'x-codeSamples': samples({ path: '/v1/alerts' }),
    },
  },
  '/v1/alerts/{alertId}/test': {
    post: {
      ...{ tags, security, operationId: 'testAlert' },
      summary: 'Send a signed webhook of the type `alert.test` now, once',
      description:
        'Says whether the receiver took it: `delivered` is false, with the reason in `error`, where it answers ' +
        'anything but 2xx or cannot be reached. It counts for nothing else, and is not sent again.',
      parameters: [ALERT_ID],
      responses: { ...answered('WebhookTest', 'What came of it.'), ...CHANGE_PROBLEMS, ...missing },
      'x-codeSamples': samples({ method: 'POST', path: `/v1/alerts/${ALERT_EXAMPLE.id}/test` }),
    },
  },
  '/v1/alerts/{alertId}': {
    delete: {
      ...{ tags, security, operationId: 'removeAlert' },
      summary: 'Remove an alert, with everything that waits',
      description:
        'Webhooks that were not delivered yet are not sent any more. It is no error if there was none. An alert that ' +
        'is made again under the same id begins anew, and tells of thresholds that are passed already.',
      parameters: [ALERT_ID],
      responses: { 204: { description: 'There is no such alert any more.' }, ...CHANGE_PROBLEMS },
      'x-codeSamples': samples({ method: 'DELETE', path: `/v1/alerts/${ALERT_EXAMPLE.id}` }),
    },
  },
} as const
