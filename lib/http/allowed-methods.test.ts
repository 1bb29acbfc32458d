import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allowedMethods } from './allowed-methods.ts'

const ROUTES = [
  { url: '/', methods: ['GET'] },
  { url: '/v1/videos/:videoId/stats', methods: ['GET'] },
  { url: '/v1/videos/:videoId/stats', methods: ['HEAD'] },
  { url: '/v1/events', methods: ['POST'] },
  { url: '/docs/*', methods: ['GET'] },
  { url: '/letters/:id', methods: ['GET'] },
  { url: '/letters/replay', methods: ['POST'] },
]

function check(path: string, expected: string[]): void {
  test(`${path} takes ${expected.join(', ') || 'nothing'}`, () => {
    assert.deepEqual(allowedMethods(ROUTES, path), expected)
  })
}

check('/', ['GET', 'OPTIONS'])
check('/v1/events', ['OPTIONS', 'POST'])
check('/v1/events/', [])
check('/v1/videos/a/stats', ['GET', 'HEAD', 'OPTIONS'])
check('/v1/videos/stats', [])
check('/v1/videos/a/b/stats', [])
check('/docs/a/b', ['GET', 'OPTIONS'])
check('/letters/replay', ['OPTIONS', 'POST'])
check('/letters/other', ['GET', 'OPTIONS'])
check('/docs', [])
check('', [])
