// What a view of the page is to the frame around it.
import type { Route } from './route.ts'

/** Changes the address, and so the view. */
export type Go = (route: Route) => void

export interface View<R extends Route = Route> {
  readonly element: HTMLElement
  /** Shows the route in place; false where that needs another view. */
  update(route: R): boolean
}
