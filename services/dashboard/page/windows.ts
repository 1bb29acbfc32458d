// The windows of the overview, and how finely each is drawn. Pure.
import { type Granularity, PRESETS, type Preset, type Span, spanOf } from './ranges/ranges.ts'
import { HOUR_MS, MINUTE_MS } from './ranges/zones.ts'

/** Of these the server keeps top lists, with their length in hours. What is longer is counted when it is asked for. */
export const TOP_WINDOWS = { '1h': 1, '6h': 6, '24h': 24 } as const
export type TopWindow = keyof typeof TOP_WINDOWS
const LONG_WINDOWS = ['7d', '30d', '1y'] as const satisfies readonly Preset[]
export type Window = TopWindow | (typeof LONG_WINDOWS)[number]

export const WINDOWS: readonly Window[] = [...(Object.keys(TOP_WINDOWS) as TopWindow[]), ...LONG_WINDOWS]

const CUTS: Readonly<Record<TopWindow, Granularity>> = { '1h': 'PT1M', '6h': 'PT15M', '24h': 'PT15M' }

export function isWindow(text: string): text is Window {
  return WINDOWS.includes(text as Window)
}

export function isTopWindow(window: Window): window is TopWindow {
  return Object.hasOwn(TOP_WINDOWS, window)
}

export function windowWords(window: Window): { readonly label: string; readonly name: string } {
  if (!isTopWindow(window)) return PRESETS[window]
  const hours = TOP_WINDOWS[window]
  return { label: `${hours} h`, name: hours === 1 ? 'last hour' : `last ${hours} hours` }
}

export function cutOf(window: Window): Granularity {
  return isTopWindow(window) ? CUTS[window] : PRESETS[window].granularities[0]!
}

/** It ends with the minute that is in progress; long ones begin with a period of the chart. */
export function windowSpan(window: Window, nowMs: number, zone: string): Span {
  const endMs = Math.ceil(nowMs / MINUTE_MS) * MINUTE_MS
  if (!isTopWindow(window)) return { ...spanOf(window, cutOf(window), nowMs, zone), endMs }
  return { startMs: endMs - TOP_WINDOWS[window] * HOUR_MS, endMs }
}
