// The interface between a view and the frame of the page.
import type { Route } from './route.ts'

/** Changes the address, and so the view. */
export type Go = (route: Route) => void

export interface View<R extends Route = Route> {
  readonly element: HTMLElement
  /** Shows the route in place; false if that needs another view. */
  update(route: R): boolean
}
