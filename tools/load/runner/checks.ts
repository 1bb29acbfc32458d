// How often each check passed, by group, for `root_group` in the summary.
export type CheckCount = { readonly group: string; readonly name: string; passes: number; fails: number }

const counts = new Map<string, CheckCount>()

export function recordCheck(group: string, name: string, passes: boolean): void {
  const key = `${group}::${name}`
  const count = counts.get(key) ?? { group, name, passes: 0, fails: 0 }
  counts.set(key, count)
  if (passes) count.passes++
  else count.fails++
}

/** The checks of this worker since its start. */
export function checkCounts(): CheckCount[] {
  return [...counts.values()]
}

export function sumOfChecks(lists: readonly (readonly CheckCount[])[]): CheckCount[] {
  const sums = new Map<string, CheckCount>()
  for (const { group, name, passes, fails } of lists.flat()) {
    const key = `${group}::${name}`
    const sum = sums.get(key) ?? { group, name, passes: 0, fails: 0 }
    sums.set(key, sum)
    sum.passes += passes
    sum.fails += fails
  }
  return [...sums.values()]
}
