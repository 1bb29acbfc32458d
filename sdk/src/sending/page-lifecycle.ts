// When a page is about to end. `pagehide` alone is not enough: phones end hidden pages without another word.
import type { PageGlobals } from '../runtime.ts'

export type PageEvents = {
  /** The page may end at any moment, or is back. */
  onLeaving(leaving: boolean): void
  onOnline(): void
}

/** Returns what ends the watch. */
export function watchPage(page: PageGlobals, events: PageEvents): () => void {
  const { document } = page
  const onVisibility = () => events.onLeaving(document.visibilityState === 'hidden')
  const listeners = [
    [document, 'visibilitychange', onVisibility],
    [page, 'pagehide', () => events.onLeaving(true)],
    [page, 'pageshow', onVisibility],
    [page, 'online', () => events.onOnline()],
  ] as const
  for (const [target, type, listener] of listeners) target.addEventListener(type, listener)
  return () => {
    for (const [target, type, listener] of listeners) target.removeEventListener(type, listener)
  }
}
