// What every form of ownership that can be shared must do, as tests.
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Source } from '../log/log.ts'
import type { Ownership } from './ownership.ts'

type OwnershipUnderTest = {
  readonly sources: readonly Source[]
  /** Another process that takes part. */
  member(): Ownership
  /** Starts a separate process that takes part; resolves when it owns something, with a function that kills it. */
  mortalMember(): Promise<() => Promise<void>>
  grow(count: number): Promise<readonly Source[]>
  close(): Promise<void>
}

type Open = (partitions: number) => Promise<OwnershipUnderTest>

export function ownershipContract(name: string, open: Open): void {
  describe(name, () => {
    it('gives a process that is alone everything', () =>
      within(open, async ({ sources }, join) => {
        const shares = new Shares()
        const member = await join(shares)
        await shares.until(() => shares.covers(sources))
        assert.equal(member.outsideSinceMs, null)
      }))

    it('divides the sources among processes that join one after the other', () =>
      within(open, async ({ sources }, join) => {
        const shares = new Shares()
        for (const processes of [1, 2, 3]) {
          await join(shares)
          await shares.until(() => shares.divide(sources, processes))
        }
      }))

    it('hands the sources of a process that leaves to the others', () =>
      within(open, async ({ sources }, join) => {
        const shares = new Shares()
        const [leaving] = [await join(shares), await join(shares)]
        await shares.until(() => shares.divide(sources, 2))
        await leaving.close()
        shares.forget(leaving)
        await shares.until(() => shares.divide(sources, 1))
      }))

    it('hands the sources of a process that was killed to the others', () =>
      within(open, async ({ sources, mortalMember }, join) => {
        const shares = new Shares()
        await join(shares)
        await shares.until(() => shares.covers(sources))
        const kill = await mortalMember()
        await shares.until(() => shares.sizes()[0] === sources.length / 2)
        await kill()
        await shares.until(() => shares.covers(sources))
      }))

    it('tells nothing after closing', () =>
      within(open, async ({ sources }, join) => {
        const shares = new Shares()
        const [leaving] = [await join(shares), await join(shares)]
        await shares.until(() => shares.divide(sources, 2))
        await leaving.close()
        const before = shares.of(leaving)
        await shares.until(() => shares.sizes().includes(6))
        assert.equal(shares.of(leaving), before)
      }))

    it('gives out partitions that are added', () =>
      within(open, async ({ sources, grow }, join) => {
        const shares = new Shares()
        await Promise.all([join(shares), join(shares)])
        await shares.until(() => shares.divide(sources, 2))
        const more = await grow(8)
        await shares.until(() => shares.divide(more, 2))
      }))
  })
}

type JoinMember = (shares: Shares) => Promise<Ownership>

async function within(open: Open, run: (opened: OwnershipUnderTest, join: JoinMember) => Promise<void>) {
  const opened = await open(6)
  const members: Ownership[] = []
  try {
    await run(opened, async (shares) => {
      const member = opened.member()
      members.push(member)
      await member.claim((sources) => shares.set(member, sources))
      return member
    })
  } finally {
    await Promise.all(members.map((member) => member.close()))
    await opened.close()
  }
}

/** Who owns what at the moment. */
class Shares {
  readonly #shares = new Map<Ownership, readonly Source[]>()
  #changed = Promise.withResolvers<void>()

  set(member: Ownership, sources: readonly Source[]): void {
    this.#shares.set(member, sources)
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }

  forget(member: Ownership): void {
    this.#shares.delete(member)
  }

  of(member: Ownership): readonly Source[] | undefined {
    return this.#shares.get(member)
  }

  /** How many sources each process has. */
  sizes(): number[] {
    return Array.from(this.#shares.values(), (sources) => sources.length)
  }

  /** Whether each source has one owner. */
  covers(sources: readonly Source[]): boolean {
    const owned = Array.from(this.#shares.values(), (share) => share.map(({ id }) => id)).flat()
    return JSON.stringify(owned.sort()) === JSON.stringify(sources.map(({ id }) => id).sort())
  }

  /** Whether this many processes have equal shares of all. */
  divide(sources: readonly Source[], processes: number): boolean {
    const sizes = this.sizes()
    const equal = sizes.length === processes && sizes.every((size) => size === sources.length / processes)
    return equal && this.covers(sources)
  }

  async until(condition: () => boolean): Promise<void> {
    while (!condition()) await this.#changed.promise
  }
}
