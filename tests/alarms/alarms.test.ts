// What needs no server: every alert has a fault that raises it, or a reason why not.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { root } from '../source-file.ts'
import { CLUSTER_FAULTS } from './cluster-faults.ts'
import { EMBEDDED_FAULTS } from './embedded-faults.ts'
import { NOT_CAUSED } from './not-caused.ts'
import { alertNames, namedMetrics } from './rule-files.ts'
import { tableOf } from './table.ts'

const caused = [...EMBEDDED_FAULTS, ...CLUSTER_FAULTS].flatMap(({ alerts }) => alerts)

test('every alert is raised by a fault, or listed with the reason why not, and no other is', () => {
  const known = new Set([...caused, ...Object.keys(NOT_CAUSED)])
  assert.deepEqual(Array.from(known).sort(), alertNames().sort())
  assert.deepEqual(
    Object.keys(NOT_CAUSED).filter((name) => caused.includes(name)),
    [],
  )
})

test('the page of alarms tells of each fault which alerts it raises', () => {
  const page = readFileSync(join(root, 'docs/operate/alarms.md'), 'utf8')
  for (const { alerts, name } of [...EMBEDDED_FAULTS, ...CLUSTER_FAULTS])
    for (const alert of alerts) {
      const line = page.split('\n').find((one) => one.includes(`${alert} `) && one.includes(name))
      assert.ok(line !== undefined, `${alert}: ${name}`)
      assert.doesNotMatch(line, /never/)
    }
})

test('rules and panels name metrics of processes', () => {
  assert.ok(namedMetrics().length > 40, namedMetrics().join())
})

test('the table says which alert never fired or cleared', () => {
  const row = { alert: 'A', fault: 'f', mended: 'm', firesMs: 1_234, clearsMs: null, others: [] }
  assert.match(
    tableOf([row], () => 60),
    /^\| A ÷ 60 +\| f +\| 1\.2 s +\| m +\| \*\*never\*\* +\|$/m,
  )
})
