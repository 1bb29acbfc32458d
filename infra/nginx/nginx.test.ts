// The balancer's configuration beside the limits of the services: what they take it lets through, and not much more,
// so that it is the services that refuse, as the API describes.
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { maxHeaderSize } from 'node:http'
import { test } from 'node:test'
import { buildServer } from '../../lib/http/server.ts'
import { EVENT_LIMITS } from '../../services/partitioner/limits.ts'
import { QUERY_LIMITS } from '../../services/query/question/vocabulary.ts'
import { LOT_BYTES_MAX } from '../../services/reconciler/operators/imports.ts'
import { BALANCES } from '../settings.ts'

const template = readFileSync(new URL('nginx.conf.tmpl', import.meta.url), 'utf8')
/** How much larger than the limit of a service that of the balancer may be. */
const SLACK = 16
const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1 << 10, m: 1 << 20 }

function bytesOf(text: string): number {
  const [, number, unit] = /^(\d+)([km]?)$/.exec(text)!
  return Number(number) * UNITS[unit!]!
}

/** By the pattern of the location; '' for those of the server. */
const locations = new Map(
  template
    .slice(template.indexOf('  server {'))
    .split(/^ {4}(?=location )/m)
    .map((text): [string, string] => [/^location (?:[~=^]+ )?(\S+) \{/.exec(text)?.[1] ?? '', text]),
)

function directiveOf(location: string, directive: string): string {
  const found = new RegExp(`^ +${directive} (.+);$`, 'm')
  const value = found.exec(locations.get(location) ?? '') ?? found.exec(locations.get('')!)
  assert.ok(value, `${directive} in ${location}`)
  return value[1]!
}

const IMPORTS = '^/v1/admin/(imports|recount|privacy|viewers|videos)(/|$)'

test('bodies that services take pass the balancer, and others reach them to be refused', () => {
  for (const [location, bytesMax] of [
    ['^/v1/events(/|$)', EVENT_LIMITS.bodyBytesMax],
    ['/v1/query', QUERY_LIMITS.bodyBytesMax],
    [IMPORTS, LOT_BYTES_MAX],
  ] as const) {
    const limit = bytesOf(directiveOf(location, 'client_max_body_size'))
    assert.ok(limit > bytesMax && limit <= SLACK * Math.max(bytesMax, EVENT_LIMITS.bodyBytesMax), location)
  }
})

test('headers and addresses that services take pass the balancer', () => {
  const [count, bytes] = directiveOf('', 'large_client_header_buffers').split(' ')
  assert.ok(bytesOf(bytes!) >= maxHeaderSize, 'a single header or an address may fill all that Node takes')
  assert.ok(Number(count) * bytesOf(bytes!) <= SLACK * maxHeaderSize)
})

test('the balancer closes an idle connection before a service does', () => {
  const seconds = Array.from(template.matchAll(/^ {4}keepalive_timeout (\d+)s;$/gm), ([, number]) =>
    Number(number),
  )
  assert.equal(seconds.length, 3)
  for (const kept of seconds) assert.ok(1_000 * kept < buildServer().server.keepAliveTimeout)
})

test('what changes something is sent twice only where that is safe', () => {
  const twice = Array.from(locations)
    .filter(([, text]) => /proxy_next_upstream .*non_idempotent/.test(text))
    .map(([location]) => location)
  assert.deepEqual(twice, ['^/v1/events(/|$)', '^/v1/(query|(videos|channels)/.+/stats)$', '@archived'])
})

test('the country of a viewer passes only from a CDN, by any header that the documents name', () => {
  const documented = readFileSync(new URL('../../docs/send.md', import.meta.url), 'utf8')
  const [, row] = /^Headers of countries that the balancer knows: (.+)$/m.exec(documented)!
  const headers = Array.from(row!.matchAll(/`([A-Za-z-]+)`/g), ([, name]) => name!)
  assert.equal(headers.length, 3)
  for (const header of headers) {
    const variable = directiveOf('', `proxy_set_header ${header}`).replace('$', '')
    const sent = `$http_${header.toLowerCase().replaceAll('-', '_')}`
    const wanted = `map $from_cdn $${variable} {\n    default "";\n    1 ${sent};\n  }`
    assert.ok(template.includes(wanted), header)
  }
  const inner = Array.from(locations).filter(
    ([location, text]) => location !== '' && text.includes('proxy_set_header'),
  )
  assert.deepEqual(inner, [], 'a location with a header of its own would pass all others on as they came')
})

test('each way to balance that a setting names has its file', () => {
  const files = readdirSync(new URL('balance/', import.meta.url)).sort()
  assert.deepEqual(files, BALANCES.map((name) => `${name}.conf`).sort())
})
