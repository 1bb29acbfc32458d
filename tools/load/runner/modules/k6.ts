// The module `k6`.
import { setTimeout as wait } from 'node:timers/promises'
import { MS_PER_SECOND } from '../../../../load-tests/lib/durations.ts'
import { recordCheck } from '../checks.ts'
import { contextFor, Interrupted, measure } from '../context.ts'
import type { Tags } from '../measure/registry.ts'
import { complete, missing } from '../missing.ts'

type Checkers<T> = Readonly<Record<string, (value: T) => boolean>>

/** True if all checks passed. */
export function check<T>(value: T, checkers: Checkers<T>, tags: Tags = {}): boolean {
  const context = contextFor('check')
  let isGood = true
  for (const [name, checker] of Object.entries(checkers)) {
    const passes = checker(value)
    if (isPromise(passes)) throw missing('check with asynchronous checkers', 'Neither has k6: await first.')
    measure('checks', passes ? 1 : 0, { check: name, ...tags })
    recordCheck(context.tags.group ?? '', name, passes)
    isGood &&= passes
  }
  return isGood
}

/** In k6 it blocks and returns nothing; here it must be awaited, which is harmless in k6. */
export async function sleep(seconds: number): Promise<void> {
  const { signal } = contextFor('sleep')
  await wait(seconds * MS_PER_SECOND, undefined, { signal }).catch(() => {
    throw new Interrupted()
  })
}

/** Fails if the function is asynchronous, as k6 does. */
export function group<T>(name: string, run: () => T): T {
  const context = contextFor('group')
  const before = context.tags
  context.tags = { ...before, group: `${before.group ?? ''}::${name}` }
  try {
    const result = run()
    if (isPromise(result)) throw new Error('group() takes no asynchronous functions, as with k6')
    return result
  } finally {
    context.tags = before
  }
}

export function fail(message = ''): never {
  throw new Error(message)
}

export default complete('k6', { check, sleep, group, fail })

function isPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise
}
