// The description of the routes of annotations. The rules are enforced by annotation-routes.ts.
import { keysFor } from '../../../schemas/openapi/access.ts'
import { answersOf } from '../../../schemas/openapi/answers.ts'
import { NAME, parameter, plainText } from '../../../schemas/openapi/parameters.ts'
import { CHANGE_PROBLEMS, problem } from '../../../schemas/openapi/problems.ts'
import { samples } from '../../../schemas/openapi/samples.ts'
import {
  ANNOTATIONS_LISTED_MAX,
  ANNOTATIONS_OF_TENANT_MAX,
  ANNOTATIONS_OF_VIDEO_MAX,
} from '../../../stores/videos/annotations.ts'
import { ANNOTATION_ID, ANNOTATION_LIMITS } from './annotation-routes.ts'

const { textCharsMax, timeMsMin, timeMsMax } = ANNOTATION_LIMITS

const id = { type: 'string', pattern: ANNOTATION_ID.source } as const
const instant = { type: 'string', format: 'date-time' } as const
const text = { ...plainText(1, textCharsMax), description: 'Shown as it is, never as markup.' } as const

const EXAMPLE = { time: '2026-11-21T18:00:00Z', text: 'Trailer published' } as const

export const annotationSchemas = {
  AnnotationInput: {
    type: 'object',
    required: ['time', 'text'],
    properties: {
      time: {
        anyOf: [
          { ...instant, pattern: '^[2-9][0-9]{3}-', description: 'From 2000 to 9999.' },
          {
            ...{ type: 'number', minimum: timeMsMin, maximum: timeMsMax },
            description: 'Epoch milliseconds; a fraction is cut off.',
          },
        ],
      },
      text,
    },
    additionalProperties: false,
    examples: [EXAMPLE],
  },
  Annotation: {
    type: 'object',
    required: ['id', 'time', 'text'],
    properties: { id, time: instant, text },
    additionalProperties: false,
  },
  AnnotationList: {
    type: 'object',
    required: ['annotations'],
    properties: {
      annotations: {
        type: 'array',
        maxItems: ANNOTATIONS_LISTED_MAX,
        items: { $ref: '#/components/schemas/Annotation' },
      },
    },
    additionalProperties: false,
  },
} as const

const answered = answersOf(annotationSchemas)
const tags = ['videos'] as const
const VIDEO_ID = parameter('path', 'videoId', true, 'Percent-encoded.', NAME)
const ONE = [VIDEO_ID, parameter('path', 'annotationId', true, 'Chosen by whoever adds it.', id)]

export const annotationPaths = {
  '/v1/videos/{videoId}/annotations': {
    get: {
      ...{ tags, security: keysFor('read'), operationId: 'getAnnotations' },
      summary: 'What people noted at times of a video',
      description:
        'The notes that the chart of the video shows, each with its id. Share links do not show them.',
      parameters: [VIDEO_ID],
      responses: { ...answered('AnnotationList', 'In the order of their times.'), ...CHANGE_PROBLEMS },
      'x-codeSamples': samples({ path: '/v1/videos/cats/annotations' }),
    },
  },
  '/v1/videos/{videoId}/annotations/{annotationId}': {
    put: {
      ...{ tags, security: keysFor('manage'), operationId: 'putAnnotation' },
      summary: 'Note something at a time of a video, for whoever reads its chart',
      description: 'In place of one of the same id. To repeat the request is safe. The video needs no title.',
      parameters: ONE,
      requestBody: {
        required: true,
        content: { 'application/json': { schema: { $ref: '#/components/schemas/AnnotationInput' } } },
      },
      responses: {
        ...answered('Annotation', 'It is stored.'),
        ...CHANGE_PROBLEMS,
        409: problem(
          `There are ${ANNOTATIONS_OF_VIDEO_MAX} annotations of the video, or ${ANNOTATIONS_OF_TENANT_MAX} in all.`,
        ),
        413: problem('The body is too large.'),
        415: problem('The body is not JSON.'),
      },
      'x-codeSamples': samples({ method: 'PUT', path: '/v1/videos/cats/annotations/trailer', body: EXAMPLE }),
    },
    delete: {
      ...{ tags, security: keysFor('manage'), operationId: 'removeAnnotation' },
      summary: 'Remove an annotation',
      description:
        'It is gone from the chart at once. It is no error if there was none, so that to repeat the request is safe.',
      parameters: ONE,
      responses: { 204: { description: 'There is no such annotation any more.' }, ...CHANGE_PROBLEMS },
      'x-codeSamples': samples({ method: 'DELETE', path: '/v1/videos/cats/annotations/trailer' }),
    },
  },
} as const
