import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { ALARMS, alarmAbout } from './alarms.ts'

test('each alarm has its heading in the runbook', () => {
  const runbook = readFileSync(new URL('../../../../docs/runbook.md', import.meta.url), 'utf8')
  for (const alarm of Object.values(ALARMS)) assert.ok(runbook.includes(`\n### ${alarm}\n`), alarm)
})

test('an alert of the audit is about the probe, or about an hour that was recounted', () => {
  assert.equal(alarmAbout('weak-audit'), ALARMS.probe)
  assert.equal(alarmAbout('hour-29853360'), ALARMS.recount)
})
