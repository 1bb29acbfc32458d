// Which videos were spread over several partitions, from when to when, as a list of layouts tells. Pure.

export type LayoutShown = {
  /** Its first minute, RFC 3339. */
  readonly from: string
  readonly splits: readonly { readonly video: string; readonly parts: number; readonly automatic: boolean }[]
}

export type SplitSpan = {
  readonly video: string
  readonly parts: number
  readonly automatic: boolean
  readonly fromMs: number
  /** Null: no end is known yet. */
  readonly toMs: number | null
}

/** The layouts come newest first, as the server lists them; the spans come latest first. */
export function splitSpans(layouts: readonly LayoutShown[]): SplitSpan[] {
  const ended: SplitSpan[] = []
  let open: readonly SplitSpan[] = []
  for (const { from, splits } of [...layouts].reverse()) {
    const fromMs = Date.parse(from)
    const spans = splits.map(
      (split) => open.find((span) => isSame(span, split)) ?? { ...split, fromMs, toMs: null },
    )
    for (const span of open) if (!spans.includes(span)) ended.push({ ...span, toMs: fromMs })
    open = spans
  }
  const endMs = ({ toMs }: SplitSpan) => toMs ?? Number.MAX_SAFE_INTEGER
  return [...open, ...ended].sort((a, b) => endMs(b) - endMs(a) || b.fromMs - a.fromMs)
}

/** Of a moment: `ended` is past, `coming` has not begun. */
export function stateOf({ fromMs, toMs }: SplitSpan, nowMs: number): 'split' | 'coming' | 'ended' {
  if (fromMs > nowMs) return 'coming'
  return toMs === null || toMs > nowMs ? 'split' : 'ended'
}

function isSame(a: SplitSpan, b: LayoutShown['splits'][number]): boolean {
  return a.video === b.video && a.parts === b.parts && a.automatic === b.automatic
}
