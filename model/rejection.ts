// Why an event was refused at the door. The codes are part of the HTTP contract: they are added to, never renamed.

export type RejectionCode =
  | 'invalid_event'
  | 'unknown_field'
  | 'invalid_id'
  | 'invalid_video_id'
  | 'invalid_type'
  | 'invalid_time'
  | 'time_in_future'
  | 'time_too_old'
  | 'invalid_value'
  | 'invalid_viewer_id'
  | 'invalid_channel_id'
  | 'invalid_attributes'
  | 'too_large'
  | 'too_many_new_videos'

export type Rejection = {
  readonly ok: false
  readonly code: RejectionCode
  /** The field and the rule that it breaks; short, whatever was sent. */
  readonly detail: string
}

export function rejection(code: RejectionCode, detail: string): Rejection {
  return { ok: false, code, detail }
}
