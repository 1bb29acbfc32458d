// The form without top lists.
import type { TopReader } from './tops.ts'

export const NO_TOPS: TopReader = {
  read: () => Promise.reject(new Error('top lists are kept in Redis, and REDIS_URL is not set')),
}
