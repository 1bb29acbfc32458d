import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { InfraFault } from '../fault.ts'
import { clusterOf } from '../nodes.ts'
import { readInfraSettings } from '../settings.ts'
import { tokenOf } from './cassandra.ts'
import { listenersOf } from './kafka.ts'
import { renderNginx } from './nginx.ts'
import { programOf } from './programs.ts'

test('the ring is divided evenly', () => {
  assert.deepEqual([tokenOf(1, 1)], [-9223372036854775808n])
  assert.deepEqual(
    [1, 2, 3].map((ordinal) => tokenOf(ordinal, 3)),
    [-9223372036854775808n, -3074457345618258603n, 3074457345618258602n],
  )
})

test('a node that joins halves the share of one that is there', () => {
  const place = (ordinal: number, size: number) => Number(tokenOf(ordinal, size) + 2n ** 63n) / 2 ** 64
  assert.deepEqual(
    [1, 2, 3, 4].map((ordinal) => place(ordinal, 1)),
    [0, 1 / 2, 1 / 4, 1 / 8],
  )
  assert.deepEqual(
    [4, 5].map((ordinal) => Math.round(place(ordinal, 3) * 6)),
    [1, 3],
  )
})

test('a broker behind a proxy sends clients to it, and its peers past it', () => {
  const [, second] = clusterOf('kafka', 3)
  const placed = (environment: Record<string, string>) => ({
    node: second!,
    address: { host: '127.0.0.1', port: 19094 },
    settings: readInfraSettings(environment),
  })
  assert.deepEqual(listenersOf(placed({})), {
    listeners: 'CLUSTER://127.0.0.1:19094',
    advertised: 'CLUSTER://127.0.0.1:19094',
  })
  assert.deepEqual(listenersOf(placed({ KAFKA_ADVERTISED_PORT: '20092' })), {
    listeners: 'CLUSTER://127.0.0.1:20095,CLIENTS://127.0.0.1:19094',
    advertised: 'CLUSTER://127.0.0.1:20095,CLIENTS://127.0.0.1:20094',
  })
})

test('nginx balances what the settings name, and becomes another user only if it may', () => {
  const template = readFileSync(new URL('../nginx/nginx.conf.tmpl', import.meta.url), 'utf8')
  const settings = readInfraSettings({ PARTITIONERS: '127.0.0.1:1,127.0.0.1:2', QUERIES: '127.0.0.1:3' })
  const placed = { address: { host: '127.0.0.1', port: 80 }, runDirectory: '/run/x', settings }
  const text = renderNginx(template, placed, false)
  for (const port of [1, 2, 3])
    assert.match(text, new RegExp(`server 127\\.0\\.0\\.1:${port} weight=500 max_fails=3`))
  assert.match(text, /listen 127\.0\.0\.1:80;/)
  assert.doesNotMatch(text, /user root/)
  assert.match(renderNginx(template, placed, true), /^user root;$/m)
  assert.match(
    text,
    /upstream queries \{\s+zone queries 256k;\s+include \/.*\/infra\/nginx\/balance\/least_conn\.conf;/,
  )
})

test('what only docker runs says so', () => {
  assert.throws(
    () => programOf('grafana'),
    (error) => error instanceof InfraFault && error.code === 'unsupported',
  )
})
