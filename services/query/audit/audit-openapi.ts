// The description of the answer of /v1/audit.

const instant = { type: 'string', format: 'date-time' } as const
const tally = { type: 'integer', minimum: 0 } as const
const OUTCOMES = ['events', 'counted', 'duplicate', 'late', 'dead'] as const

/** What recounts found in one hour or several. */
const findings = {
  buckets: { ...tally, description: 'Minutes of a video and event type that were recounted.' },
  equal: { ...tally, description: 'Buckets in which the stream by itself was right.' },
  differing: tally,
  difference: { ...tally, description: 'The sum of |recount − stream| over the buckets, in events.' },
  lateApplied: { ...tally, description: 'Events too late for the stream, counted by the recount.' },
  unexplained: {
    ...tally,
    description: 'Buckets that differ for another reason than late events: the stream was wrong.',
  },
  unexplainedDifference: tally,
  missing: { ...tally, description: 'Files of raw events that could not be read.' },
} as const
const FINDINGS = Object.keys(findings)

export const auditSchemas = {
  Probe: {
    type: 'object',
    required: ['startedAt', 'ok', 'events', 'latencyMs', 'detail'],
    properties: {
      startedAt: instant,
      ok: { type: 'boolean', description: 'Known events that were sent, with copies, were counted exactly.' },
      events: tally,
      latencyMs: {
        type: ['number', 'null'],
        description: 'From their 202 to the right answer; null if it never came.',
      },
      detail: { type: ['string', 'null'], description: 'What was wrong.' },
    },
    additionalProperties: false,
  },
  AuditedHour: {
    type: 'object',
    required: ['hour', 'comparedTo', 'recountedAt', 'purged', ...FINDINGS],
    properties: {
      hour: instant,
      comparedTo: { ...instant, description: 'Its end, once it was closed.' },
      recountedAt: instant,
      purged: { type: 'boolean', description: 'Its raw events are gone; what was counted stands for good.' },
      ...findings,
    },
    additionalProperties: false,
  },
  StrongAudit: {
    type: 'object',
    required: ['reconciledTo', 'hoursExcepted', 'hours'],
    properties: {
      reconciledTo: { ...instant, description: 'Hours before it are recounted, except those listed.' },
      hoursExcepted: tally,
      totals: {
        type: 'object',
        required: ['hours', ...FINDINGS],
        properties: { hours: tally, ...findings },
        additionalProperties: false,
      },
      hours: {
        type: 'array',
        description: 'The latest, newest first.',
        items: { $ref: '#/components/schemas/AuditedHour' },
      },
    },
    additionalProperties: false,
  },
  Alert: {
    type: 'object',
    required: ['time', 'about', 'detail'],
    properties: { time: instant, about: { type: 'string' }, detail: {} },
    additionalProperties: false,
  },
  LedgerEntry: {
    type: 'object',
    required: ['source', 'offset', 'logTime', 'records', ...OUTCOMES, 'deadRecords', 'balanced'],
    properties: {
      source: { type: 'string', description: 'One partition of one incarnation of the log.' },
      offset: { type: 'integer', description: 'Everything up to and including it is stored.' },
      logTime: instant,
      records: tally,
      events: tally,
      counted: tally,
      duplicate: tally,
      late: tally,
      dead: tally,
      deadRecords: tally,
      balanced: { type: 'boolean', description: 'events = counted + duplicate + late + dead' },
    },
    additionalProperties: false,
  },
  Audit: {
    type: 'object',
    required: ['scope', 'weak', 'strong', 'alerts', 'ledger', 'meta'],
    properties: {
      scope: {
        type: 'string',
        enum: ['system', 'tenant'],
        description:
          'The numbers are about the whole system. If keys are on, only admin keys see them: a tenant sees the ' +
          'state of the system, with `hours` and `ledger` empty, and only the alerts about itself.',
      },
      weak: {
        type: 'array',
        description: 'The latest probes, newest first.',
        items: { $ref: '#/components/schemas/Probe' },
      },
      strong: {
        description: 'Null before the first recount.',
        anyOf: [{ $ref: '#/components/schemas/StrongAudit' }, { type: 'null' }],
      },
      alerts: {
        type: 'array',
        description: 'What went wrong recently, newest first.',
        items: { $ref: '#/components/schemas/Alert' },
      },
      ledger: {
        type: 'array',
        description: "By source, the events of users: the probe's own events are left out.",
        items: { $ref: '#/components/schemas/LedgerEntry' },
      },
      meta: {
        type: 'object',
        required: ['asOf', 'stale'],
        properties: {
          asOf: { ...instant, description: 'When this was read.' },
          stale: { type: 'boolean', description: 'The store is away: this is its last known state.' },
        },
        additionalProperties: false,
      },
    },
    additionalProperties: false,
  },
  AuditHistory: {
    type: 'object',
    required: ['scope', 'intervalSeconds', 'points'],
    properties: {
      scope: { type: 'string', enum: ['system', 'tenant'], description: 'A tenant sees no points.' },
      intervalSeconds: { type: 'number' },
      points: {
        type: 'array',
        description: 'Oldest first. A moment at which the store did not answer is left out.',
        items: {
          type: 'object',
          required: ['time', 'events', 'counted', 'behindSeconds'],
          properties: {
            time: instant,
            events: { ...tally, description: 'In the log, since each source began.' },
            counted: { ...tally, description: 'Of them, those that are counted.' },
            behindSeconds: { type: ['number', 'null'], description: 'How far the counts are behind.' },
          },
          additionalProperties: false,
        },
      },
    },
    additionalProperties: false,
  },
} as const
