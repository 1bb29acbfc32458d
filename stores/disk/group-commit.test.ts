import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { GroupCommit } from './group-commit.ts'

/** Records commits; the test decides how each ends. Items weigh their length. */
function controlled(groupWeightMax = 10, queueWeightMax = 20) {
  const commits: { group: readonly string[]; end: PromiseWithResolvers<void> }[] = []
  const gate = new GroupCommit<string, string>({
    commit: async (group) => {
      const end = Promise.withResolvers<void>()
      commits.push({ group, end })
      await end.promise
      return group.map((item) => item.toUpperCase())
    },
    weightOf: (item) => item.length,
    groupWeightMax,
    queueWeightMax,
    refusal: () => new Error('full'),
  })
  return { gate, commits }
}

const turn = () => new Promise(setImmediate)

describe('Group commit', () => {
  it('takes callers of one turn together, and those who come while it runs as the next group', async () => {
    const { gate, commits } = controlled()
    const first = [gate.submit('a'), gate.submit('b')]
    await turn()
    const second = [gate.submit('c'), gate.submit('d')]
    await turn()
    assert.deepEqual(
      commits.map(({ group }) => group),
      [['a', 'b']],
    )
    commits[0]!.end.resolve()
    assert.deepEqual(await Promise.all(first), ['A', 'B'])
    await turn()
    assert.deepEqual(commits[1]!.group, ['c', 'd'])
    commits[1]!.end.resolve()
    assert.deepEqual(await Promise.all(second), ['C', 'D'])
  })

  it('ends a group with the item that reaches its bound', async () => {
    const { gate, commits } = controlled(4, 100)
    const all = ['aaa', 'bb', 'ccccccc', 'd'].map((item) => gate.submit(item))
    for (const expected of [['aaa', 'bb'], ['ccccccc'], ['d']]) {
      await turn()
      assert.deepEqual(commits.at(-1)!.group, expected)
      commits.at(-1)!.end.resolve()
    }
    assert.deepEqual(await Promise.all(all), ['AAA', 'BB', 'CCCCCCC', 'D'])
  })

  it('tells a failed commit to its own group only', async () => {
    const { gate, commits } = controlled()
    const first = [gate.submit('a'), gate.submit('b')]
    await turn()
    const second = gate.submit('c')
    commits[0]!.end.reject(new Error('disk'))
    for (const one of first) await assert.rejects(one, /disk/)
    await turn()
    commits[1]!.end.resolve()
    assert.equal(await second, 'C')
  })

  it('refuses what would exceed its queue, but always takes one item', async () => {
    const { gate, commits } = controlled(10, 20)
    const large = gate.submit('x'.repeat(30))
    await assert.rejects(gate.submit('y'), /full/)
    await turn()
    const later = gate.submit('z')
    commits[0]!.end.resolve()
    await large
    await turn()
    commits[1]!.end.resolve()
    assert.equal(await later, 'Z')
  })

  it('is drained when nothing is under way or waiting', async () => {
    const { gate, commits } = controlled()
    await gate.drained()
    const waiting = gate.submit('a')
    let isDrained = false
    const drained = gate.drained().then(() => {
      isDrained = true
    })
    await turn()
    assert.equal(isDrained, false)
    commits[0]!.end.resolve()
    await Promise.all([waiting, drained])
  })
})
