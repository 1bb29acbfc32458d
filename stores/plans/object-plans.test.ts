import assert from 'node:assert/strict'
import { test } from 'node:test'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { openLocalObjects } from '../objects/local-objects.ts'
import { ObjectPlans } from './object-plans.ts'
import { plansContract } from './plans-contract.ts'

plansContract('Plans as objects on a local disk', async () => {
  const directory = await temporaryDirectory()
  const plans = new ObjectPlans(await openLocalObjects(directory.path))
  return { plans, close: async () => directory[Symbol.asyncDispose]() }
})

test('takes a damaged result for none, and drops a damaged plan', async () => {
  await using directory = await temporaryDirectory()
  const objects = await openLocalObjects(directory.path)
  const plans = new ObjectPlans(objects)
  await plans.propose(7, [])
  await plans.note(7, 0, { count: 10 })
  await plans.note(7, 1, { count: 11 })
  const [plan, first] = (await objects.list('plans/')).map(({ key }) => key)
  await objects.write(first!, Buffer.from('{"count":12}\n1234\n'))
  assert.deepEqual(await plans.results(7), new Map([[1, { count: 11 }]]))
  await objects.write(plan!, Buffer.from('[]\n'))
  assert.equal(await plans.current(), null)
  assert.deepEqual(await objects.list('plans/'), [])
})
