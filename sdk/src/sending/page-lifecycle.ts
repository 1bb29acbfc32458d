// When a page is about to end. `pagehide` alone is not enough: phones end hidden pages without another word.
import type { PageGlobals } from '../runtime.ts'

/**
 * Until the signal is aborted.
 *
 * @param onLeaving the page may end at any moment, or is back
 */
export function watchPage(
  page: PageGlobals,
  signal: AbortSignal,
  onLeaving: (leaving: boolean) => void,
  onOnline: () => void,
): void {
  const { document } = page
  const on = (target: Pick<PageGlobals, 'addEventListener'>, type: string, listener: () => void) =>
    target.addEventListener(type, listener, { signal })
  const onVisibility = () => onLeaving(document.visibilityState === 'hidden')
  on(document, 'visibilitychange', onVisibility)
  on(page, 'pagehide', () => onLeaving(true))
  on(page, 'pageshow', onVisibility)
  on(page, 'online', onOnline)
}
