// Documents whose requests and programs are run by docs.test.ts.

/** In the order in which a newcomer reads them; the last one removes what the others sent. */
export const RUN_DOCUMENTS: readonly string[] = [
  'README.md',
  'docs/tutorial.md',
  'docs/send.md',
  'docs/ask.md',
  'docs/alerts.md',
  'docs/history.md',
  'docs/keys.md',
  'docs/show.md',
  'docs/tenants.md',
  'docs/runbook.md',
  'sdk/README.md',
]
