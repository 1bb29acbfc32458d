// How long the parts of an encoded event may be, in bytes. The front door is stricter (in characters); these bound
// what any writer to the log can make a reader do. Pure numbers.

export const EVENTS_PER_RECORD_MAX = 65_536
export const TENANT_BYTES_MAX = 64
export const VIDEO_ID_BYTES_MAX = 512
export const TYPE_BYTES_MAX = 32
export const ID_BYTES_MAX = 64
/** For a CloudEvent's source: resource names of the large clouds fit. */
export const SOURCE_BYTES_MAX = 512
/** For each optional string: viewerId, channelId, attributes and what later versions append. */
export const OPTIONAL_BYTES_MAX = 32_768

/** The latest time a Date can hold. */
export const TIME_MS_MAX = 8.64e15
export const VALUE_THOUSANDTHS_MAX = 1e12
