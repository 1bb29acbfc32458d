// The frame of the page: reads the address, shows the view for it, and holds what all views share.
import { h, replace, setText } from './dom.ts'
import { OperationsView } from './operations-view.ts'
import { OverviewView } from './overview-view.ts'
import { notice } from './parts.ts'
import { formatRoute, parseRoute, type Route, VIDEO_DEFAULTS } from './route.ts'
import { SearchBox } from './search-box.ts'
import { keySheet } from './shortcuts.ts'
import { themeButton } from './theme-button.ts'
import { VideoView } from './video-view.ts'
import type { View } from './view.ts'

const main = document.getElementById('main')!
const announcer = document.getElementById('announcer')!
let shown: {
  readonly page: Route['page'] | null
  readonly view: View
  readonly leaving: AbortController
} | null = null

function go(route: Route): void {
  location.hash = formatRoute(route)
}

function viewOf(route: Route, signal: AbortSignal): View {
  switch (route.page) {
    case 'overview':
      return new OverviewView(route, go, signal) as View
    case 'video':
      return new VideoView(route, go, signal) as View
    case 'operations':
      return new OperationsView(signal)
  }
}

function nowhere(): View {
  const back = h('p', {}, h('a', { href: '#/' }, 'Go to the overview'), ', or press / to find a video.')
  return { element: notice('There is nothing at this address.', back), update: () => false }
}

function show(): void {
  const route = parseRoute(location.hash)
  nameThePage(route)
  if (route !== null && shown?.page === route.page && shown.view.update(route)) return
  const isFirst = shown === null
  shown?.leaving.abort()
  const leaving = new AbortController()
  const view = route === null ? nowhere() : viewOf(route, leaving.signal)
  shown = { page: route?.page ?? null, view, leaving }
  replace(main, view.element)
  if (isFirst) return
  scrollTo({ top: 0 })
  main.focus({ preventScroll: true })
  setText(announcer, document.title)
}

function nameThePage(route: Route | null): void {
  const names = { overview: 'Overview', operations: 'Operations', video: '' }
  const name = route === null ? 'Nothing here' : route.page === 'video' ? route.videoId : names[route.page]
  document.title = `${name} · Tally`
  for (const link of document.querySelectorAll<HTMLElement>('[data-page]')) {
    if (link.dataset.page === route?.page) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
}

/** The part of the address after # selects the view, so the skip link must not change it. */
document.querySelector('.skip')!.addEventListener('click', (event) => {
  event.preventDefault()
  main.focus()
})
keySheet()
themeButton(document.getElementById('theme')!)
new SearchBox(document.getElementById('search')!, (videoId) => go({ ...VIDEO_DEFAULTS, videoId }))
addEventListener('hashchange', show)
show()
