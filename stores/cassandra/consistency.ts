// What consistency levels promise, worked out from how many replicas must answer. Pure. A write that was acknowledged
// is seen by every read only if each set of replicas that may acknowledge shares one with each set that may answer.

export const LEVELS = [
  'ONE',
  'TWO',
  'THREE',
  'LOCAL_ONE',
  'LOCAL_QUORUM',
  'QUORUM',
  'EACH_QUORUM',
  'ALL',
] as const
export type Level = (typeof LEVELS)[number]

/** How many replicas of each row every data centre has. */
export type Replication = ReadonlyMap<string, number>

export type Levels = {
  readonly write: Level
  /** Of what an owner builds upon, and of the batch layer. */
  readonly hydrate: Level
  readonly query: Level
}

export const DEFAULT_LEVELS: Levels = { write: 'QUORUM', hydrate: 'QUORUM', query: 'LOCAL_QUORUM' }

/** These replicas of some data centres, and so many more wherever they are. */
type Need = { readonly of: ReadonlyMap<string, number>; readonly anywhere: number }

/** What must answer a process in the data centre `local`. */
export function needOf(level: Level, replication: Replication, local: string): Need {
  const anywhere = (count: number) => ({ of: new Map(), anywhere: count })
  const here = (count: number) => ({ of: new Map([[local, count]]), anywhere: 0 })
  switch (level) {
    case 'ONE':
      return anywhere(1)
    case 'TWO':
      return anywhere(2)
    case 'THREE':
      return anywhere(3)
    case 'QUORUM':
      return anywhere(quorumOf(sum(replication.values())))
    case 'ALL':
      return anywhere(sum(replication.values()))
    case 'LOCAL_ONE':
      return here(1)
    case 'LOCAL_QUORUM':
      return here(quorumOf(replication.get(local) ?? 0))
    case 'EACH_QUORUM':
      return { of: new Map(Array.from(replication, ([name, count]) => [name, quorumOf(count)])), anywhere: 0 }
  }
}

/** Whether there are enough replicas for the level at all. */
export function isPossible(level: Level, replication: Replication, local: string): boolean {
  return fits([needOf(level, replication, local)], replication)
}

/**
 * Whether every read sees every acknowledged write.
 * @param writersIn the data centres in which writers may be, `readersIn` those of readers; null: in all
 */
export function overlaps(
  write: Level,
  read: Level,
  replication: Replication,
  writersIn: readonly string[] | null = null,
  readersIn: readonly string[] | null = null,
): boolean {
  const all = Array.from(replication.keys())
  return (writersIn ?? all).every((writer) =>
    (readersIn ?? all).every((reader) => {
      const needs = [needOf(write, replication, writer), needOf(read, replication, reader)]
      return !fits(needs, replication)
    }),
  )
}

/** Whether disjoint sets of replicas can meet these needs. */
function fits(needs: readonly Need[], replication: Replication): boolean {
  const named = needs.flatMap(({ of }) => Array.from(of))
  const centres = new Set([...replication.keys(), ...named.map(([name]) => name)])
  const eachFits = Array.from(centres).every(
    (centre) => sum(needs.map(({ of }) => of.get(centre) ?? 0)) <= (replication.get(centre) ?? 0),
  )
  const all = sum(named.map(([, count]) => count)) + sum(needs.map(({ anywhere }) => anywhere))
  return eachFits && all <= sum(replication.values())
}

function replicationText(replication: Replication): string {
  return Array.from(replication, ([name, count]) => `${name}:${count}`).join(',')
}

/**
 * Why processes may not count with these levels; null if they may.
 * @param counting the data centres in which processing and the batch layer may run; null: in all
 */
export function levelsFault(
  { write, hydrate }: Levels,
  replication: Replication,
  counting: readonly string[] | null,
): string | null {
  const countingIn = counting ?? Array.from(replication.keys())
  const replicas = replicationText(replication)
  for (const level of [write, hydrate]) {
    const without = countingIn.find((centre) => !isPossible(level, replication, centre))
    if (without !== undefined)
      return `with ${replicas}, ${level} in ${without} needs more replicas than there are`
  }
  if (overlaps(write, hydrate, replication, countingIn, countingIn)) return null
  const where = countingIn.length > 1 ? ` and counting in ${countingIn.join(' and ')}` : ''
  return (
    `with ${replicas}${where}, replicas that answer a read at ${hydrate} need not be among those that acknowledged a ` +
    `write at ${write}: a new owner would not see what is stored, and lose counts`
  )
}

function quorumOf(replicas: number): number {
  return Math.floor(replicas / 2) + 1
}

function sum(numbers: Iterable<number>): number {
  return Array.from(numbers).reduce((all, one) => all + one, 0)
}
