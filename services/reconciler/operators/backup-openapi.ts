// The description of the backup of one process. The route beside it enforces the rules.
import { keysFor } from '../../../schemas/openapi/access.ts'
import { KEY_PROBLEMS, temporaryProblem } from '../../../schemas/openapi/problems.ts'
import { samples } from '../../../schemas/openapi/samples.ts'

export const backupPaths = {
  '/v1/admin/backup': {
    get: {
      tags: ['batch layer'],
      operationId: 'backUp',
      security: keysFor('admin'),
      summary: 'Everything that the process stores, as of one moment',
      description:
        'Only of a process that keeps everything on its own disk. For each file a line of JSON with its path and ' +
        'length in bytes, then its content; `manifest.json` comes last, and without it there is no backup. ' +
        '`npm run backup` stores it, `npm run restore` makes a data directory of it. It holds ids of viewers and ' +
        'the key of names: treat it as a secret.',
      responses: {
        200: {
          description: 'The files.',
          content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
        },
        ...KEY_PROBLEMS,
        503: temporaryProblem('A backup is under way already.'),
      },
      'x-codeSamples': samples({ path: '/v1/admin/backup', options: '-o tally.backup' }),
    },
  },
} as const
