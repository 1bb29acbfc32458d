// The front door with log and counting, of two checkouts: both servers stay up, and take turns in short rounds.
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { COUNTING, costOf, HUNDRED, type Running } from '../door-costs.ts'
import { ServerProcess } from '../server-process.ts'
import { inTurn, type Pair } from './ratios.ts'

type Both<T> = { readonly ours: T; readonly theirs: T }

const DOOR = 'benchmarks/door-process.ts'
const FULL = { seconds: 2, least: 1 }
const QUICK = { seconds: 0.1, least: 0.05 }

export async function pairsOfIngest(roots: Both<URL>, count: number, quick: boolean): Promise<Pair[]> {
  await using stack = new AsyncDisposableStack()
  const start = async (root: URL): Promise<Running> => {
    const directory = stack.use(await temporaryDirectory())
    const env = { PORT: '0', DATA_DIR: directory.path, ...COUNTING.env }
    const process = await ServerProcess.start(new URL(DOOR, root), env)
    stack.defer(() => process.stop())
    return { process, ended: 0 }
  }
  const servers = { ours: await start(roots.ours), theirs: await start(roots.theirs) }
  const pairs: Pair[] = []
  // The first pair warms up.
  for (let i = 0; i <= count; i++) {
    const costs = { ours: 0, theirs: 0 }
    for (const who of inTurn(i, 'ours', 'theirs') as readonly (keyof Both<unknown>)[]) {
      costs[who] = await costOf(servers[who], COUNTING, HUNDRED, quick ? QUICK : FULL)
    }
    if (i > 0) pairs.push(costs)
  }
  return pairs
}
