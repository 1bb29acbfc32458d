import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { composeEnvironment } from './docker-engine.ts'
import { KINDS, nodesOf } from './nodes.ts'
import { readInfraSettings } from './settings.ts'

const compose = readFileSync(new URL('../docker-compose.yml', import.meta.url), 'utf8')
const three = readFileSync(new URL('three.env', import.meta.url), 'utf8')
const settings = readInfraSettings({})

test('every node has a service of its name', () => {
  for (const { name } of nodesOf({ kafka: 3, cassandra: 3 }))
    assert.match(compose, new RegExp(`^  ${name}:$`, 'm'))
  for (const kind of KINDS) assert.match(compose, new RegExp(`^  ${kind}-1:$`, 'm'))
})

test('compose is told of three nodes what its file for three nodes says', () => {
  const environment = composeEnvironment(settings, nodesOf({ kafka: 3, cassandra: 3 }))
  for (const [, name = '', value] of three.matchAll(/^([A-Z_]+)=(.*)$/gm)) {
    if (Object.hasOwn(environment, name)) assert.equal(environment[name], value, name)
  }
  assert.equal(environment.KAFKA_NODES, '3')
})

test('compose and the command line have the same defaults', () => {
  const environment = composeEnvironment(settings, nodesOf({ kafka: 1, cassandra: 1 }))
  for (const [, name = '', fallback] of compose.matchAll(/\$\{([A-Z_0-9]+):-([^{}]*)\}/g)) {
    if (name.startsWith('NGINX_') || !Object.hasOwn(environment, name)) continue
    assert.equal(environment[name], fallback, name)
  }
})
