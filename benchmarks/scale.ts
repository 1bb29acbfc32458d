// How much a benchmark does: enough for a figure, or just enough to see that it runs and its answers are right.

export type Scale = { readonly quick: boolean; readonly rounds: number }

export function scaleOf(argv: readonly string[]): Scale {
  const quick = argv.includes('--quick')
  return { quick, rounds: quick ? 1 : 5 }
}
