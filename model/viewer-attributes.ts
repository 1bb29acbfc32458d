// What the front door itself knows of the viewer who sends: given to events that do not say it themselves.

/** In this order, as far as an event has room for them. */
export const VIEWER_ATTRIBUTES = ['country', 'device', 'browser'] as const

export type ViewerAttribute = (typeof VIEWER_ATTRIBUTES)[number]
export type ViewerAttributes = { readonly [name in ViewerAttribute]?: string }
