// `npm run cluster` in a temporary directory.

import { LoadFault } from '../load-fault.ts'
import type { Target } from './target.ts'

export async function clusterTarget(_print: (line: string) => void): Promise<Target> {
  throw new LoadFault('todo')
}
