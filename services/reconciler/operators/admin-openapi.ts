// The description of the operators' routes of the batch layer: imports, recounts, exports, privacy. The routes beside
// it enforce the rules.

import { keysFor } from '../../../schemas/openapi/access.ts'
import {
  BODY_END_TIME,
  BODY_TIME,
  END_TIME,
  NAME,
  parameter,
  TENANT_NAME,
  TIME,
} from '../../../schemas/openapi/parameters.ts'
import { KEY_PROBLEMS, problem, temporaryProblem } from '../../../schemas/openapi/problems.ts'
import { NOW, samples } from '../../../schemas/openapi/samples.ts'
import { RAW_FORMATS } from '../../../stores/archive/archive.ts'
import { EXPORT_RESOLUTIONS } from './export-routes.ts'
import { COUNT_FORMATS } from './exports.ts'
import { LOT_BYTES_MAX, ROW_CHARS_MAX } from './imports.ts'
import { PRIVACY_LIMITS } from './privacy-routes.ts'

const ROW_MAX = 1e15 - 1
const instant = { type: 'string', format: 'date-time' } as const
const tally = { type: 'integer', minimum: 0 } as const
const text = { type: 'string' } as const
const ref = (schema: string) => ({ $ref: `#/components/schemas/${schema}` })
const orNull = (schema: object) => ({ anyOf: [schema, { type: 'null' }] })

/** An object with exactly these properties, all of them required unless listed as optional. */
function exactly(properties: Readonly<Record<string, object>>, optional: readonly string[] = []) {
  const required = Object.keys(properties).filter((name) => !optional.includes(name))
  return { type: 'object', required, properties, additionalProperties: false } as const
}

const refused = (description: string) => {
  return { type: 'array', description, items: exactly({ index: tally, code: text, detail: text }) }
}

const importState = {
  id: text,
  nextRow: { ...tally, description: 'The first row that was not sent yet.' },
  stored: { ...tally, description: 'Events that are in the archive.' },
  rejected: tally,
  firstRejected: refused('The first that were refused, by the number of their row.'),
  done: { type: 'boolean', description: 'It takes no more rows.' },
} as const

const findings = [
  'buckets',
  'equal',
  'differing',
  'difference',
  'lateApplied',
  'unexplained',
  'unexplainedDifference',
]

export const adminSchemas = {
  ImportState: exactly(importState),
  ImportReceipt: exactly({
    ...importState,
    rejectedRows: refused('The first of this lot that were refused, by the number of their row.'),
  }),
  RecountState: exactly({
    begun: { ...tally, description: 'Runs of this process that have begun.' },
    ended: { ...tally, description: 'The number of the newest completed run.' },
    latest: orNull(
      exactly({
        closedTo: {
          ...instant,
          description:
            'Minutes before this are closed. What came late, or from files, of later ones waits for a later run.',
        },
        reconciledTo: instant,
        exceptHours: { ...tally, description: 'Hours before it that are not completely recounted.' },
        hours: { ...tally, description: 'Recounted in that run.' },
        ...Object.fromEntries(findings.map((name) => [name, tally])),
      }),
    ),
  }),
  PrivacyActs: exactly({ acts: { type: 'array', items: ref('PrivacyAct') } }),
  PrivacyAct: exactly(
    {
      id: text,
      act: { type: 'string', enum: ['forget-viewer', 'remove-video'] },
      tenant: text,
      videoId: text,
      viewerSha256: { ...text, description: 'The digest of the id, in hex: the id itself is not kept.' },
      by: { type: ['string', 'null'], description: "A name of the admin's key; null if keys are off." },
      askedAt: instant,
      state: {
        type: 'string',
        enum: ['pending', 'done'],
        description: 'Pending until everything that happened before it has gone through the log.',
      },
      doneAt: orNull(instant),
      events: { ...tally, description: 'Raw events that were removed or rewritten so far.' },
    },
    ['videoId', 'viewerSha256'],
  ),
} as const

const IMPORT_ID = parameter('path', 'id', true, 'Identifies what is imported, for example by a digest.', {
  type: 'string',
  pattern: '^[0-9a-f]{16,64}$',
})
const TENANT = parameter(
  'query',
  'tenant',
  false,
  'The tenant; the default tenant when missing.',
  TENANT_NAME,
)
const RANGE = [
  parameter('query', 'startTime', true, 'The beginning, included; widened to whole periods.', TIME),
  parameter('query', 'endTime', true, 'The end, not included.', END_TIME),
]
const formatOf = (formats: readonly string[]) =>
  parameter('query', 'format', false, 'Default: parquet.', { type: 'string', enum: formats })
const CSV_PARAMETERS = [
  parameter(
    'query',
    'formulaGuard',
    false,
    'Only for CSV: put an apostrophe before text that a spreadsheet would run as a formula. Default: true.',
    { type: 'boolean' },
  ),
  parameter('query', 'bom', false, 'Only for CSV: begin with a byte order mark. Default: false.', {
    type: 'boolean',
  }),
]

const json = (schema: object) => ({ content: { 'application/json': { schema } } })
const REFUSALS = { 400: problem('The request is not valid.'), ...KEY_PROBLEMS } as const
const JOURNAL_AWAY = {
  503: temporaryProblem('It could not be noted. Retry: doing it twice is safe.'),
} as const
const file = { type: 'string', format: 'binary' } as const
const exported = (csv: string, ndjson: string) => ({
  200: {
    description: 'The file.',
    content: {
      'application/vnd.apache.parquet': { schema: file },
      'text/csv': { schema: text, example: csv },
      'application/x-ndjson': { schema: text, example: ndjson },
    },
  },
  ...REFUSALS,
  503: temporaryProblem('There are too many exports in progress.'),
})

const tags = ['batch layer'] as const

const RAW_CSV =
  'tenant,video_id,type,minute,id,time_ms,value,viewer_id,channel_id,attributes,origin,log_source,log_offset,' +
  'log_index,log_time_ms,event_source,formula_guarded\n' +
  ',cats,view,29921040,old-1,1795262400000,12.500,u7,,,events,05b71c7f-0,1730,0,1795262401250,,\n'
const COUNTS_CSV =
  'tenant,video_id,type,start,count,values,sum,min,max\n' +
  ',cats,view,2026-11-21T12:00:00Z,64,60,1770.500,0.000,63.500\n'
const COUNTS_LINE = JSON.stringify({
  ...{ tenant: '', video_id: 'cats', type: 'view', start: '2026-11-21T12:00:00Z', count: 64 },
  ...{ values: 60, sum: '1770.500', min: '0.000', max: '63.500' },
})

const IMPORT_PATH = '/v1/admin/imports/0123456789abcdef'
const ROW = { id: 'old-1', videoId: 'cats', type: 'view', time: '2026-11-21T12:00:00Z' } as const

const importPaths = {
  '/v1/admin/imports/{id}': {
    get: {
      tags,
      operationId: 'getImport',
      security: keysFor('admin'),
      summary: 'How far an import has come',
      description:
        'Ask it after a failure: `nextRow` is the row from which to go on. An id that nobody has used is answered ' +
        'with 0 rows.',
      parameters: [IMPORT_ID],
      responses: {
        200: { description: 'Also for an import that has not begun.', ...json(ref('ImportState')) },
        ...REFUSALS,
        404: problem('There is no import with this id.'),
      },
      'x-codeSamples': samples({ path: IMPORT_PATH }),
    },
  },
  '/v1/admin/imports/{id}/rows': {
    post: {
      tags,
      operationId: 'importRows',
      security: keysFor('admin'),
      summary: 'Import events of the past, one batch at a time and in order',
      description: 'They count from the next recount on. Rows that are sent again change nothing.',
      parameters: [
        IMPORT_ID,
        parameter('query', 'from', true, 'The number of the first row, from 0.', {
          ...tally,
          maximum: ROW_MAX,
        }),
        TENANT,
      ],
      requestBody: {
        required: true,
        description:
          `Events, a line each as in EventWithSource, of at most ${LOT_BYTES_MAX >> 20} MiB together. ` +
          `One may name its tenant. A line of more than ${ROW_CHARS_MAX} characters is refused.`,
        content: { 'application/x-ndjson': { schema: text, example: JSON.stringify(ROW) } },
      },
      responses: {
        200: { description: 'Accepted events are durable.', ...json(ref('ImportReceipt')) },
        ...REFUSALS,
        404: problem('There is no import with this id.'),
        413: problem('The batch is too large: send it in parts.'),
      },
      'x-codeSamples': samples({ path: `${IMPORT_PATH}/rows?from=0`, lines: [ROW] }),
    },
  },
  '/v1/admin/imports/{id}/end': {
    post: {
      tags,
      operationId: 'endImport',
      security: keysFor('admin'),
      summary: 'End an import: there are no more rows',
      description: 'Rows that are sent later are not stored. To repeat the request is safe.',
      parameters: [IMPORT_ID],
      responses: {
        200: { description: 'The import accepts no more rows.', ...json(ref('ImportState')) },
        ...REFUSALS,
        404: problem('There is no import with this id.'),
      },
      'x-codeSamples': samples({ method: 'POST', path: `${IMPORT_PATH}/end` }),
    },
  },
} as const

const recountPaths = {
  '/v1/admin/recount': {
    post: {
      tags,
      operationId: 'requestRecount',
      security: keysFor('admin'),
      summary: 'Recount as soon as possible; hours of a range in any case',
      description:
        'Without a body it recounts what is due, as it happens by itself after each hour; with a range, its hours ' +
        'again in any case. The answer comes at once with the number of a run: it is done when GET /v1/admin/recount ' +
        'says that `ended` has reached it.',
      requestBody: {
        required: false,
        ...json({
          type: 'object',
          properties: { startTime: BODY_TIME, endTime: BODY_END_TIME },
          dependentRequired: { startTime: ['endTime'], endTime: ['startTime'] },
          additionalProperties: false,
          examples: [{ startTime: '2026-11-21T10:00:00Z', endTime: '2026-11-21T12:00:00Z' }],
        }),
      },
      responses: {
        202: {
          description: 'The number of the run that will have done this.',
          ...json({ ...exactly({ run: tally }), examples: [{ run: 15 }] }),
        },
        ...REFUSALS,
      },
      'x-codeSamples': samples({ method: 'POST', path: '/v1/admin/recount' }),
    },
    get: {
      tags,
      operationId: 'getRecount',
      security: keysFor('admin'),
      summary: 'The progress of recounts, and the result of the latest',
      description:
        'Numbers are of the process that answers, since its start. `unexplained` above 0 says that the stream had ' +
        'counted wrong; it is corrected then, and alerts tell of it.',
      responses: { 200: { description: 'Of this process.', ...json(ref('RecountState')) }, ...REFUSALS },
      'x-codeSamples': samples({ path: '/v1/admin/recount' }),
    },
  },
} as const

const exportPaths = {
  '/v1/admin/exports/raw': {
    get: {
      tags,
      operationId: 'exportRaw',
      security: keysFor('admin'),
      summary: 'Raw events of a range as a file, in order of time',
      description:
        'Each event once, as it counts. Imported again, all three formats give the same counts. NDJSON holds events ' +
        'as POST /v1/events accepts them, and names their tenant if it has a name. In CSV the column ' +
        '`formula_guarded` names the cells that got an apostrophe.',
      parameters: [...RANGE, formatOf(RAW_FORMATS), ...CSV_PARAMETERS],
      responses: exported(RAW_CSV, JSON.stringify(ROW)),
      'x-codeSamples': samples({
        path: `/v1/admin/exports/raw?startTime=2026-11-01T00:00:00Z&endTime=${NOW}`,
        options: '-o events.parquet',
      }),
    },
  },
  '/v1/admin/exports/counts': {
    get: {
      tags,
      operationId: 'exportCounts',
      security: keysFor('admin'),
      summary: 'Counts of a range as a file, by video, type and period',
      description: 'The same counts as in queries; periods without counts, or no longer kept, are left out.',
      parameters: [
        ...RANGE,
        formatOf(COUNT_FORMATS),
        ...CSV_PARAMETERS,
        parameter('query', 'resolution', false, 'Default: hour.', {
          type: 'string',
          enum: EXPORT_RESOLUTIONS,
        }),
      ],
      responses: exported(COUNTS_CSV, COUNTS_LINE),
      'x-codeSamples': samples({
        path: `/v1/admin/exports/counts?format=csv&startTime=2026-11-01T00:00:00Z&endTime=${NOW}`,
        options: '-o counts.csv',
      }),
    },
  },
} as const

const begun = {
  202: { description: 'It is noted, and carried out from now on.', ...json(ref('PrivacyAct')) },
}

const privacyPaths = {
  '/v1/admin/videos/{videoId}': {
    delete: {
      tags,
      operationId: 'removeVideoCounts',
      security: keysFor('admin'),
      summary: 'Remove the counts, the raw events, the title and the annotations of a video',
      description:
        'Events by the end of the minute of the request count no more, whenever they arrive; later events ' +
        'count as usual. The log keeps its records for its own retention.',
      parameters: [parameter('path', 'videoId', true, 'The id of the video.', NAME), TENANT],
      responses: { ...begun, ...REFUSALS, ...JOURNAL_AWAY },
      'x-codeSamples': samples({ method: 'DELETE', path: '/v1/admin/videos/example-video' }),
    },
  },
  '/v1/admin/viewers/{viewerId}': {
    delete: {
      tags,
      operationId: 'forgetViewer',
      security: keysFor('admin'),
      summary: 'Remove the id of a viewer from the raw events',
      description: 'Counts stay as they are. The log keeps its records for its own retention.',
      parameters: [parameter('path', 'viewerId', true, 'The id of the viewer.', NAME), TENANT],
      responses: { ...begun, ...REFUSALS, ...JOURNAL_AWAY },
      'x-codeSamples': samples({ method: 'DELETE', path: '/v1/admin/viewers/example-viewer' }),
    },
  },
  '/v1/admin/privacy': {
    get: {
      tags,
      operationId: 'listPrivacyActs',
      security: keysFor('admin'),
      summary: 'Acts of removal and forgetting, newest first',
      description:
        'Acts are kept as proof of what was asked for, when, and by which key; the ids of viewers are kept as ' +
        'digests alone. Ask for older ones with the `askedAt` of the last as `endTime`.',
      parameters: [
        parameter('query', 'limit', false, 'How many.', {
          ...{ type: 'integer', minimum: 1, maximum: PRIVACY_LIMITS.limitMax },
          default: PRIVACY_LIMITS.limitDefault,
        }),
        parameter('query', 'endTime', false, 'Only acts that were requested before.', END_TIME),
      ],
      responses: {
        200: {
          description: 'The record.',
          ...json(ref('PrivacyActs')),
        },
        ...REFUSALS,
        ...JOURNAL_AWAY,
      },
      'x-codeSamples': samples({ path: '/v1/admin/privacy' }),
    },
  },
} as const

export const adminPaths = { ...importPaths, ...recountPaths, ...exportPaths, ...privacyPaths } as const
