// The frame of the page: reads the address, shows the view for it, and holds what all views share.
import { askByLink } from './api.ts'
import { ChannelView } from './channel-view.ts'
import { h, replace, setText } from './dom.ts'
import { momentText, showTimesIn } from './format.ts'
import { keyMenu } from './keys/key-menu.ts'
import { signInBy } from './keys/sign-in.ts'
import { OperationsView } from './operators/operations-view.ts'
import { OverviewView } from './overview-view.ts'
import { nameTab, notice } from './parts.ts'
import { ownZone } from './ranges/own-zone.ts'
import { CHANNEL_DEFAULTS, formatRoute, parseRoute, type Route, VIDEO_DEFAULTS } from './route.ts'
import { isLinkAddress, SharedLink, type SharedRoute } from './sharing/shared-link.ts'
import { keySheet } from './shortcuts.ts'
import { themeButton } from './theme-button.ts'
import { recentVideos } from './videos/recent-videos.ts'
import { SearchBox } from './videos/search-box.ts'
import { VideoView } from './videos/video-view.ts'
import type { View } from './view.ts'

const main = document.getElementById('main')!
const announcer = document.getElementById('announcer')!
let shown: {
  readonly page: Route['page'] | null
  readonly view: View
  readonly leaving: AbortController
} | null = null

/** The page was opened by a link: it shows one video or channel, and leads nowhere else. */
const link = SharedLink.of(location.hash)

function go(route: Route): void {
  location.hash = link === null ? formatRoute(route) : link.format(route as SharedRoute)
}

function viewOf(route: Route, signal: AbortSignal): View {
  switch (route.page) {
    case 'overview':
      return new OverviewView(route, go, signal) as View
    case 'video':
      return new VideoView(route, go, signal) as View
    case 'channel':
      return new ChannelView(route, go, signal) as View
    case 'operations':
      return new OperationsView(signal)
  }
}

function nowhere(): View {
  if (isLinkAddress(location.hash))
    return {
      element: brokenLink('Part of its address is missing. Copy all of it, or ask whoever sent it.'),
      update: () => false,
    }
  const back = h('p', {}, h('a', { href: '#/' }, 'Go to the overview'), ', or press / to find a video.')
  return { element: notice('There is nothing at this address.', back), update: () => false }
}

function brokenLink(why: string): HTMLElement {
  return notice('This link shows nothing.', h('p', {}, why))
}

/** The view stops asking: with a wrong key that would only use up how often one may be wrong. */
function signIn(form: HTMLElement): void {
  if (main.querySelector('#api-key') !== null) return
  shown?.leaving.abort()
  shown = { page: null, view: { element: form, update: () => false }, leaving: new AbortController() }
  replace(main, h('h1', { class: 'visually-hidden' }, 'Sign in'), form)
  form.querySelector('input')?.focus()
}

/** Another link, or none, begins anew: nothing of this one stays. */
function followAddress(): void {
  if (SharedLink.of(location.hash)?.token === link?.token) show()
  else location.reload()
}

function show(): void {
  const route = link === null ? parseRoute(location.hash) : link.parse(location.hash)
  nameThePage(route)
  showTimesIn(zoneOf(route))
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

function zoneOf(route: Route | null): string {
  return (route !== null && 'zone' in route ? route.zone : null) ?? ownZone()
}

function nameOf(route: Route | null): string {
  switch (route?.page) {
    case 'overview':
      return 'Overview'
    case 'operations':
      return 'Operations'
    case 'video':
      return recentVideos().find(({ videoId }) => videoId === route.videoId)?.title ?? route.videoId
    case 'channel':
      return route.channelId
    case undefined:
      return 'Nothing here'
  }
}

function nameThePage(route: Route | null): void {
  nameTab(nameOf(route))
  for (const link of document.querySelectorAll<HTMLElement>('[data-page]')) {
    if (link.dataset.page === route?.page) link.setAttribute('aria-current', 'page')
    else link.removeAttribute('aria-current')
  }
}

/** Leads nowhere: whoever has a link may see nothing else here. */
function frameOfLink({ expiresMs }: SharedLink): void {
  document.querySelector('.bar nav')!.remove()
  document.querySelector('.brand')!.removeAttribute('href')
  const words = h('p', { class: 'shared' }, `Shared until ${momentText(expiresMs)}`)
  document.getElementById('search')!.replaceWith(words)
}

/** The part of the address after # selects the view, so the skip link must not change it. */
document.querySelector('.skip')!.addEventListener('click', (event) => {
  event.preventDefault()
  main.focus()
})
themeButton(document.getElementById('theme')!)
if (link === null) {
  signInBy(signIn)
  keyMenu(document.getElementById('theme')!)
  keySheet()
  new SearchBox(document.getElementById('search')!, (opened) =>
    go('videoId' in opened ? { ...VIDEO_DEFAULTS, ...opened } : { ...CHANNEL_DEFAULTS, ...opened }),
  )
} else {
  askByLink(link.token, ({ message }) => {
    shown?.leaving.abort()
    replace(main, brokenLink(message))
    document.querySelector('.shared')?.replaceChildren()
  })
}
addEventListener('hashchange', followAddress)
setTimeout(() => {
  show()
  if (link !== null) frameOfLink(link) // in the time zone that is shown by now
}) // a task of its own: the frame is on the screen before, and a phone is blocked for less time at once
