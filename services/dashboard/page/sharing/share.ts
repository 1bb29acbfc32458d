// A link for those who have no key: it shows this page and nothing else, until it ends.
import { ApiError, postJson } from '../api.ts'
import { h, replace } from '../dom.ts'
import { momentText } from '../format.ts'
import { command, failure, notice } from '../parts.ts'
import { Picker } from '../picker.ts'
import { Popover } from '../popover.ts'
import { SharedLink, type SharedRoute } from './shared-link.ts'

type Expiry = 'P1D' | 'P7D' | 'P30D' | 'P90D'

const EXPIRIES: readonly { readonly value: Expiry; readonly label: string }[] = [
  { value: 'P1D', label: 'a day' },
  { value: 'P7D', label: '7 days' },
  { value: 'P30D', label: '30 days' },
  { value: 'P90D', label: '90 days' },
]

/** `route`: the view as it is, with its zone, so that everybody sees the same numbers. */
export function shareButton(
  route: () => SharedRoute,
  signal: AbortSignal,
): readonly [HTMLElement, HTMLElement] {
  let expiresIn: Expiry = 'P7D'
  const place = h('div', { class: 'share-place', role: 'status' })
  const show = (chosen: Expiry) => {
    expiresIn = chosen
    picker.set(EXPIRIES, chosen)
  }
  const picker = new Picker<Expiry>('Ends in', show)
  const make = async () => {
    const shown = route()
    const shows = shown.page === 'video' ? { videoId: shown.videoId } : { channelId: shown.channelId }
    try {
      const link = await postJson<{ token: string; expiresAt: string }>(
        'v1/share',
        { ...shows, expiresIn },
        signal,
      )
      const address = SharedLink.of(`#/shared/${link.token}`)!.format(shown)
      const ends = `It ends on ${momentText(Date.parse(link.expiresAt))}, or when the key that made it does.`
      replace(place, command(new URL(address, location.href).href, 'Link'), h('p', {}, ends))
    } catch (error) {
      replace(place, error instanceof ApiError ? notice(error.message) : failure(error))
    }
  }
  const clear = () => replace(place)
  const choices = h(
    'div',
    { class: 'row' },
    picker.element,
    h('button', { type: 'button', class: 'primary', click: () => void make() }, 'Make a link'),
  )
  const { button, panel } = new Popover(
    'Share',
    'Share',
    clear,
    h('h2', {}, 'A link to this page'),
    h('p', {}, 'Whoever has it sees this page and nothing else, without a key.'),
    ...[choices, place],
  )
  show(expiresIn)
  return [button, panel]
}
