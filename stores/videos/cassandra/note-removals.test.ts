import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Client, errors, types } from 'cassandra-driver'
import { DEFAULT_LEVELS } from '../../cassandra/consistency.ts'
import { CassandraTitles } from './cassandra-titles.ts'
import { DELETE_NOTES, SELECT_NOTES } from './statements.ts'

const NAME = { tenant: '', videoId: 'v' }

/** Answers each statement; its texts are noted. */
function titlesOn(answer: (query: string) => unknown[]) {
  const asked: string[] = []
  const execute = async (query: string) => {
    asked.push(query)
    return { rows: answer(query) }
  }
  const levels = { ...DEFAULT_LEVELS, promised: () => ({ isQueryFresh: true, fault: null }) }
  const client = { execute } as unknown as Client
  return { asked, titles: new CassandraTitles(client, levels, 't', () => 0) }
}

test('a video that never had a note leaves no deletion of notes', async () => {
  const { asked, titles } = titlesOn(() => [])
  await titles.of(0).writes.removeAnnotations(NAME, 7)
  assert.deepEqual(asked, [SELECT_NOTES])
})

test('notes of a video are removed also where so many were removed that none can be looked for', async () => {
  const tooMany = Object.assign(new errors.ResponseError(types.responseErrorCodes.readFailure, 'tombstones'))
  const { asked, titles } = titlesOn((query) => {
    if (query === SELECT_NOTES) throw tooMany
    return []
  })
  await titles.of(0).writes.removeAnnotations(NAME, 7)
  assert.deepEqual(asked, [SELECT_NOTES, DELETE_NOTES])
})
