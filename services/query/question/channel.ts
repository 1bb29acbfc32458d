// How a channel is named in a question. Pure.
import { isPlainText, plainTextRule } from '../../../model/plain-text.ts'
import { VIDEO_LIMITS } from '../videos/video-form.ts'

export const CHANNEL_RULE = plainTextRule(1, VIDEO_LIMITS.channelCharsMax)

export function parseChannelId(given: unknown): string | null {
  return typeof given === 'string' && isPlainText(given, VIDEO_LIMITS.channelCharsMax) ? given : null
}
