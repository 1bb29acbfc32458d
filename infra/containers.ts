// Parses the output of `docker compose ps --format json`. Pure.

export type Container = { readonly service: string; readonly state: string }

/** Compose prints one line for each container; before version 2.21, one array of all. */
export function parseContainers(text: string): Container[] {
  const trimmed = text.trim()
  if (trimmed === '') return []
  const entries: { Service: string; State: string }[] = trimmed.startsWith('[')
    ? JSON.parse(trimmed)
    : trimmed.split('\n').map((line) => JSON.parse(line))
  return entries.map(({ Service, State }) => ({ service: Service, state: State }))
}
