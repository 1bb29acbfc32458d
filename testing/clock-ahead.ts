// A process of Node whose clock is ahead of the machine's, for what happens hours later only.

/** The settings with which it is started. */
export function clockAhead(aheadMs: number): Record<'NODE_OPTIONS', string> {
  const module = `const { now } = Date; Date.now = () => now() + ${aheadMs}`
  return { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(module)}` }
}
