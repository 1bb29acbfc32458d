// Where notes stand on a chart. Pure.

export type Note = { readonly id: string; readonly timeMs: number; readonly text: string }

/** Notes that stand at one place, in the order of their times. */
export type Mark = { readonly timeMs: number; readonly notes: readonly Note[] }

/** A note stands at the start of its period, where the value of the period is drawn; outside of all periods nowhere. */
export function marksOf(notes: readonly Note[], times: readonly number[]): readonly Mark[] {
  const marks = new Map<number, Note[]>()
  for (const note of [...notes].sort((a, b) => a.timeMs - b.timeMs)) {
    const timeMs = periodOf(note.timeMs, times)
    if (timeMs === null) continue
    const here = marks.get(timeMs)
    if (here === undefined) marks.set(timeMs, [note])
    else here.push(note)
  }
  return Array.from(marks, ([timeMs, here]) => ({ timeMs, notes: here }))
}

export type Placed = {
  readonly x: number
  /** Up to the next one, or to the end. */
  readonly room: number
  readonly notes: readonly Note[]
}

/** Marks that would stand closer than `gap` share the place of the first of them. */
export function placed(
  marks: readonly Mark[],
  xOf: (timeMs: number) => number,
  gap: number,
  end: number,
): readonly Placed[] {
  const places: { x: number; notes: Note[] }[] = []
  for (const { timeMs, notes } of marks) {
    const x = xOf(timeMs)
    const last = places.at(-1)
    if (last !== undefined && x - last.x < gap) last.notes.push(...notes)
    else places.push({ x, notes: [...notes] })
  }
  return places.map(({ x, notes }, at) => ({ x, notes, room: (places[at + 1]?.x ?? end) - x }))
}

/** The last period is taken to be as long as the one before it. */
function periodOf(timeMs: number, times: readonly number[]): number | null {
  const at = times.findLastIndex((start) => start <= timeMs)
  if (at < 0) return null
  const start = times[at]!
  if (at < times.length - 1) return start
  const lengthMs = start - (times[at - 1] ?? Number.NEGATIVE_INFINITY)
  return timeMs < start + lengthMs ? start : null
}
