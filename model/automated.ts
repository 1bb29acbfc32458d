// Events that no viewer caused: stamped at the front door and counted like all others, so that answers can leave them
// out or in.
export const AUTOMATED = 'tally.automated'

/** What sent: a crawler, a browser without a screen, or a page that was fetched before anybody asked for it. */
export type Automated = 'bot' | 'headless' | 'prefetch'
