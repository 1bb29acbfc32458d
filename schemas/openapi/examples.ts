// What requests and answers look like: an example of each schema that is a whole body, by its name. Tests hold each to
// its schema, and that no body is without.
const TYPE_FAULT = 'type must be a lower-case letter and then at most 31 of a–z 0–9 _ -'
const TITLE_FAULT = 'title must be text of 1–256 characters, without control characters.'
const FUNCTION_FAULT = 'function must be one of count, sum, average, min, max, rate, cumulative.'
const VIDEO = {
  ...{ title: 'Two cats', channel: 'Pets', durationSeconds: 63.5 },
  published: '2026-11-20T18:00:00.000Z',
}
const RANGE = { startTime: '2026-11-20T00:00:00Z', endTime: '2026-11-22T00:00:00Z' }
const AS_OF = '2026-11-21T12:00:01.250Z'
const META = { asOf: AS_OF, complete: false, reconciled: false, stale: false }
const VIEWS = { eventType: 'view', function: 'count' }
const DAYS = [
  { time: '2026-11-20T00:00:00Z', value: 1_204 },
  { time: '2026-11-21T00:00:00Z', value: 871 },
]
const BY_COUNTRY = {
  ...{ ...VIEWS, by: 'country', dimensions: ['country', 'device', 'browser', 'referrer', 'tally.automated'] },
  ...{ ...RANGE, total: 2_075 },
  rows: [
    { country: 'DE', value: 1_440 },
    { country: 'FR', value: 512 },
    { country: 'other', isOther: true, value: 123 },
  ],
  meta: META,
}
const ESTIMATED = { uniques: 1_702, error: 0.01625, exact: false, meta: { asOf: AS_OF, stale: false } }
const WATCHING = { viewers: 42, asOf: AS_OF, windowSeconds: 15, exact: false, error: 0.01625 }
const ALERT = {
  ...{
    id: 'intro-views',
    videoId: 'intro',
    eventType: 'view',
    kind: 'passes',
    thresholds: [1_000, 1_000_000],
  },
  ...{ url: 'https://hooks.example/tally', createdAt: '2026-11-20T18:00:00.000Z' },
  ...{ state: 'on', disabledReason: null },
}
const MILESTONE = {
  ...{ id: 'msg_6e61c24180eb4265b84b3f20dc5f9237', threshold: 1_000, count: 1_004, asOf: AS_OF },
  ...{ notedAt: '2026-11-21T12:00:02.000Z', state: 'delivered', attempts: 1 },
  ...{ deliveredAt: '2026-11-21T12:00:02.310Z', nextAttemptAt: null, lastError: null },
}
const LETTER = {
  ...{ id: '05b71c81-0:2', state: 'open', keptAt: AS_OF, reason: 'unknown_schema', origin: 'event' },
  ...{ source: '05b71c7f-0', offset: 1_730, index: 0, logTime: '2026-11-21T12:00:01.000Z', byteLength: 34 },
  event: { id: 'e3', videoId: 'cats', type: 'view', time: 1_795_262_400_000 },
}
const LETTER_READ = {
  ...{ kind: 'event', index: 0, fault: null, fingerprint: '9f2c1e60b7a4d835', tenant: '' },
  ...{ event: LETTER.event, brokeAt: null },
}
const REPLAYED = {
  ...{ time: '2026-11-21T12:30:00.000Z', act: 'replayed', by: null },
  outcome: { accepted: 1, late: 0, rejected: 0, unreadable: 0, faults: [] },
}
const LAYOUT = {
  ...{ version: 1, from: '1970-01-01T00:00:00Z', inForce: true, partitions: 4, overflow: false },
  ...{ splits: [], channels: [] },
}
const SPLIT = {
  ...{ ...LAYOUT, version: 2, from: '2026-11-21T12:03:00Z', inForce: false },
  splits: [{ video: 'cats', parts: 2, automatic: false }],
}
const IMPORT = {
  ...{ id: '0123456789abcdef', nextRow: 2, stored: 1, rejected: 1 },
  firstRejected: [{ index: 1, code: 'invalid_type', detail: TYPE_FAULT }],
  done: false,
}
const FINDINGS = {
  ...{ buckets: 5_210, equal: 5_208, differing: 2, difference: 3, lateApplied: 3 },
  ...{ unexplained: 0, unexplainedDifference: 0 },
}
const ACT = {
  ...{
    id: '906384a5-44c8-43e7-a06d-0fa1c097c445',
    act: 'remove-video',
    tenant: '',
    videoId: 'example-video',
  },
  ...{ by: null, askedAt: AS_OF, state: 'pending', doneAt: null, events: 0 },
}
const TOKEN = 'share_eyJ2aWRlb0lkIjoiY2F0cyJ9.SIGNATURE'

export const EVENT_EXAMPLE = {
  id: '01J9-a',
  videoId: 'cats',
  type: 'view',
  time: '2026-11-21T12:00:00Z',
  value: 12.5,
  viewerId: 'u7',
} as const

const ofEvents = {
  EventBatch: [EVENT_EXAMPLE, { id: '01J9-b', videoId: 'cats', type: 'like', time: '2026-11-21T12:00:03Z' }],
  CloudEvent: {
    ...{ specversion: '1.0', id: '01J9-a', source: '/player', type: 'view', subject: 'cats' },
    ...{ time: '2026-11-21T12:00:00Z', datacontenttype: 'application/json', data: { value: 12.5 } },
  },
  Receipt: {
    ...{ accepted: 1, late: 0 },
    rejected: [{ index: 1, code: 'invalid_type', detail: TYPE_FAULT }],
  },
  Validation: {
    ...{ status: 202, accepted: 1, late: 0, rejected: [] },
    events: [
      {
        index: 0,
        lane: 'live',
        minute: '2026-11-21T12:00:00.000Z',
        attributes: { country: 'DE', device: 'tv' },
      },
    ],
  },
  Heartbeat: { viewerId: 'u7' },
}

const ofCounts = {
  Stats: { videoId: 'cats', ...VIEWS, ...RANGE, value: 2_075, series: DAYS, video: VIDEO, meta: META },
  ChannelStats: { channelId: 'Pets', ...VIEWS, ...RANGE, value: 3_110, meta: META },
  SiteStats: { ...VIEWS, ...RANGE, value: 2_075, series: DAYS, meta: META },
  Summary: {
    ...{ videoId: 'cats', ...RANGE },
    types: {
      view: { count: 2_075, sum: 61_212.5, average: 29.5, min: 0, max: 63.5 },
      like: { count: 81, sum: 0, average: null, min: null, max: null },
      dislike: { count: 2, sum: 0, average: null, min: null, max: null },
      share: { count: 0, sum: 0, average: null, min: null, max: null },
    },
    ...{ video: VIDEO, meta: META },
  },
  QueryAnswer: {
    ...RANGE,
    rows: [
      { videoId: 'cats', values: { count: 2_156, average: 29.5 } },
      { videoId: 'dogs', values: { count: 954, average: null } },
    ],
    meta: META,
  },
  Top: {
    ...{
      eventType: 'view',
      startTime: '2026-11-21T11:00:00Z',
      endTime: '2026-11-21T12:00:00Z',
      order: 'rising',
    },
    videos: [{ videoId: 'cats', count: 64, previous: 21, change: 1.3870967741935485, video: VIDEO }],
    meta: { ...META, exact: true },
  },
  LiveCount: { videoId: 'cats', eventType: 'view', count: 2_075, asOf: AS_OF, viewers: 42 },
  Uniques: { videoId: 'cats', ...RANGE, ...ESTIMATED },
  ChannelUniques: { channelId: 'Pets', ...RANGE, ...ESTIMATED },
  Viewers: { videoId: 'cats', ...WATCHING },
  SiteViewers: WATCHING,
  Breakdown: { videoId: 'cats', ...BY_COUNTRY },
  ChannelBreakdown: { channelId: 'Pets', ...BY_COUNTRY },
  SiteBreakdown: BY_COUNTRY,
}

const ofVideos = {
  VideoInput: {
    title: 'Two cats',
    channel: 'Pets',
    durationSeconds: 63.5,
    published: '2026-11-20T18:00:00Z',
  },
  NamedVideo: { videoId: 'cats', ...VIDEO },
  ManyVideos: { videos: [{ videoId: 'cats', title: 'Two cats' }, { videoId: 'dogs' }] },
  StoredVideos: {
    stored: 1,
    rejected: [
      { index: 1, errors: [{ parameter: 'title', code: 'invalid_parameter', detail: TITLE_FAULT }] },
    ],
  },
  FoundVideos: { videos: [{ videoId: 'cats', ...VIDEO }], channels: [{ channelId: 'Cats of Lisbon' }] },
  Annotation: { id: 'trailer', time: '2026-11-21T18:00:00.000Z', text: 'Trailer published' },
  AnnotationList: {
    annotations: [{ id: 'trailer', time: '2026-11-21T18:00:00.000Z', text: 'Trailer published' }],
  },
  VideoAlert: { ...ALERT, milestones: [], secret: `whsec_${'A'.repeat(32)}` },
  VideoAlertList: { alerts: [{ ...ALERT, milestones: [MILESTONE] }] },
  WebhookTest: { id: 'msg_test_6e61c24180eb4265', delivered: false, error: 'The receiver answered 404.' },
  ShareLink: {
    url: `http://localhost:8080/#/shared/${TOKEN}`,
    ...{ token: TOKEN, expiresAt: '2026-11-28T12:00:00.000Z' },
  },
}

const ofOperators = {
  Key: { role: 'full', tenant: 'acme', may: ['send', 'read', 'manage'], origins: [], expiresAt: null },
  Audit: {
    scope: 'system',
    weak: [{ startedAt: '2026-11-21T11:59:00.000Z', ok: true, events: 20, latencyMs: 412, detail: null }],
    strong: {
      ...{ reconciledTo: '2026-11-21T11:00:00.000Z', hoursExcepted: 0 },
      hours: [
        {
          ...{ hour: '2026-11-21T10:00:00.000Z', comparedTo: '2026-11-21T11:00:00.000Z' },
          ...{ recountedAt: '2026-11-21T11:21:00.000Z', purged: false, ...FINDINGS, missing: 0 },
        },
      ],
    },
    alerts: [],
    ledger: [
      {
        ...{ source: '05b71c7f-0', offset: 1_730, logTime: '2026-11-21T12:00:01.000Z', records: 1_731 },
        ...{ events: 2_160, counted: 2_156, duplicate: 1, late: 3, dead: 0, deadRecords: 0, balanced: true },
      },
    ],
    meta: { asOf: AS_OF, stale: false },
  },
  AuditHistory: {
    ...{ scope: 'system', intervalSeconds: 10 },
    points: [{ time: '2026-11-21T12:00:00.000Z', events: 2_160, counted: 2_160, behindSeconds: 0.4 }],
  },
  DeadLetter: { ...LETTER, state: 'replayed', lastAct: REPLAYED },
  DeadLetterDetail: {
    ...{ ...LETTER, lastAct: null, decoded: LETTER_READ },
    ...{ base64: 'wwGfLB5gt6TYNQAIY2F0cwh2aWV3', bytesOmitted: 0 },
  },
  DeadLetterPage: { letters: [{ ...LETTER, lastAct: null }], cursor: null },
  BulkReplay: {
    replayed: 2,
    refused: [{ id: '05b71c81-0:1', detail: 'Its bytes cannot be read as an event.' }],
    cursor: null,
  },
  LayoutList: { layouts: [SPLIT, LAYOUT] },
  ImportState: IMPORT,
  ImportReceipt: { ...IMPORT, rejectedRows: IMPORT.firstRejected },
  RecountState: {
    ...{ begun: 14, ended: 14 },
    latest: {
      ...{ closedTo: '2026-11-21T11:00:00.000Z', reconciledTo: '2026-11-21T11:00:00.000Z' },
      ...{ exceptHours: 0, hours: 1, ...FINDINGS },
    },
  },
  PrivacyAct: ACT,
  PrivacyActs: { acts: [{ ...ACT, state: 'done', doneAt: '2026-11-21T12:01:00.000Z', events: 2_156 }] },
  SqlAnswer: {
    ...{ startTime: '2026-11-20T12:01:00Z', endTime: '2026-11-21T12:01:00Z', asOf: AS_OF },
    columns: [
      { name: 'video_id', type: 'VARCHAR' },
      { name: 'type', type: 'VARCHAR' },
      { name: 'events', type: 'BIGINT' },
    ],
    rows: [
      ['cats', 'view', '1204'],
      ['cats', 'like', '17'],
    ],
    isCut: false,
  },
  Health: { status: 'live' },
  Problem: {
    ...{ type: 'urn:tally:problem:invalid-request', title: 'The request is not valid', status: 400 },
    detail: FUNCTION_FAULT,
    errors: [{ parameter: 'function', code: 'invalid_parameter', detail: FUNCTION_FAULT }],
  },
}

/** By the name of a schema. */
export const EXAMPLES = { ...ofEvents, ...ofCounts, ...ofVideos, ...ofOperators }

/** The schemas, each with its example where there is one. */
export function withExamples<T extends Readonly<Record<keyof typeof EXAMPLES, object>>>(schemas: T): T {
  const examples: Readonly<Record<string, unknown>> = EXAMPLES
  const entries = Object.entries(schemas).map(([name, schema]) => [
    name,
    name in examples ? { ...schema, examples: [examples[name]] } : schema,
  ])
  return Object.fromEntries(entries)
}
