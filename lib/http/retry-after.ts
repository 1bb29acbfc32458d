// How long a refused sender is told to wait: at least as long as it must, and spread at random, so that senders who
// were refused together do not come back together.

/** By how much of the wait, at most, the answers are spread. */
const SPREAD = 0.5

/** Whole seconds, at least one, from `waitMs` milliseconds. */
export function retryAfterSeconds(waitMs: number, random: () => number = Math.random): number {
  const least = Math.max(1, Math.ceil(waitMs / 1_000))
  return least + Math.floor(random() * (Math.ceil(least * SPREAD) + 1))
}

export function retryAfter(waitMs: number): { readonly 'retry-after': string } {
  return { 'retry-after': String(retryAfterSeconds(waitMs)) }
}
