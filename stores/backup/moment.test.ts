import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { openBackedUp } from '../../testing/backup-fixture.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { takeMoment } from './moment.ts'

test('A copy holds every layout that may have routed one of its records', async () => {
  await using directory = await temporaryDirectory()
  await using backedUp = await openBackedUp(directory.path)
  const { parts } = backedUp
  const path = join(directory.path, 'layouts.json')
  writeFileSync(path, 'the layouts when the backup began')
  const copy = () => {
    writeFileSync(path, 'one more layout')
    return parts.log.copy()
  }
  const log = { copy, whileKept: parts.log.whileKept.bind(parts.log) }
  await parts.archive.whileKept(async (archived) => {
    await using moment = await takeMoment({ ...parts, log }, archived)
    assert.equal(String(moment.files.get('layouts.json')), 'one more layout')
  })
})
