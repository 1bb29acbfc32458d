import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { readInfraSettings } from '../settings.ts'
import { renderNginx } from './nginx.ts'

const template = readFileSync(new URL('../nginx/nginx.conf.tmpl', import.meta.url), 'utf8')
const placement = {
  address: { host: '127.0.0.1', port: 8080 },
  runDirectory: '/run/nginx',
  settings: readInfraSettings({}),
}

test('what is for operators is asked for by their addresses alone', () => {
  const configuration = renderNginx(template, placement, false)
  const locations = configuration.split(/^ {4}(?=location )/m).slice(1)
  const ofOperators = locations.filter((location) => /^location \S* ?\S*\/(admin|metrics)/.test(location))
  assert.equal(ofOperators.length, 6, ofOperators.join())
  for (const location of ofOperators) assert.match(location, /^.+\{\n +if \(\$is_public\) \{ return 404; \}/)
  assert.ok(ofOperators.some((location) => location.startsWith('location ~ ^/v1/admin(/|$) {')))
  assert.match(configuration, /geo \$from_operator \{\s+default 0;\s+127\.0\.0\.0\/8 1;\s+\}/)
})

test('servers are addresses outside of containers, which need no resolver', () => {
  const configuration = renderNginx(template, placement, false)
  assert.doesNotMatch(configuration, /\bresolve/)
})
