// What can go wrong with an object store, as the few codes that decide how to react.

export type S3ErrorCode =
  /** It cannot be reached, or is in trouble. */
  | 'unavailable'
  /** No answer in time: a write may have taken effect. */
  | 'timeout'
  | 'overloaded'
  /** What arrived is not what was stored. */
  | 'damaged'
  | 'bucket_missing'
  | 'wrong_region'
  /** Missing or wrong credentials. */
  | 'forbidden'
  /** The request is refused; a retry will be refused too. */
  | 'refused'
  /** There is no room on the local disk for this object while others are open. */
  | 'scratch_full'
  /** A local file cannot be read or written. */
  | 'disk'
  /** For a single object. */
  | 'too_large'

/** It has no cause: errors of the SDK carry the server's answer, which can repeat a credential. */
export class S3Error extends Error {
  readonly code: S3ErrorCode
  constructor(code: S3ErrorCode, message: string) {
    super(message)
    this.name = 'S3Error'
    this.code = code
  }
}

/** Where the objects are, for messages. */
export type Place = { readonly server: string; readonly bucket: string; readonly region: string }

/** The fields of the SDK's errors that are used here. */
type SdkError = Error & { readonly code?: string; readonly $metadata?: { readonly httpStatusCode?: number } }

/**
 * https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html. Other codes are classified by their status.
 */
const CODES: ReadonlyMap<string, S3ErrorCode> = new Map([
  ['NoSuchBucket', 'bucket_missing'],
  ['PermanentRedirect', 'wrong_region'],
  ['AuthorizationHeaderMalformed', 'wrong_region'],
  ['CredentialsProviderError', 'forbidden'],
  ['RequestTimeTooSkewed', 'unavailable'], // the SDK has learned the server's time from it
  ['RequestTimeout', 'timeout'],
  ['SlowDown', 'overloaded'],
  ['BadDigest', 'damaged'],
  ['EntityTooLarge', 'too_large'],
])

/** Error codes of the local disk; none of them is also a code of connections. */
const DISK_FAULTS = new Set(['ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EACCES', 'ENOENT', 'EMFILE', 'ENFILE'])

/** Whether the same call may succeed when it is retried soon. */
export function isWorthAnother({ code }: S3Error): boolean {
  return code === 'unavailable' || code === 'timeout' || code === 'overloaded' || code === 'damaged'
}

/** Converts any error of the SDK into ours. */
export function s3ErrorOf(error: unknown, place: Place): S3Error {
  if (error instanceof S3Error) return error
  const known = error as SdkError
  const code = codeOf(known)
  return new S3Error(code, messageOf(code, known, place))
}

function codeOf(error: SdkError): S3ErrorCode {
  const { name, message, $metadata } = error
  const code = CODES.get(name)
  if (code !== undefined) return code
  if (DISK_FAULTS.has(error.code ?? '')) return 'disk'
  if (/checksum mismatch/i.test(message)) return 'damaged'
  const status = $metadata?.httpStatusCode ?? 0
  if (status === 401 || status === 403) return 'forbidden'
  if (status === 301) return 'wrong_region'
  if (status === 429 || status === 503) return 'overloaded'
  return status >= 400 && status < 500 ? 'refused' : 'unavailable'
}

function messageOf(code: S3ErrorCode, error: SdkError, { server, bucket, region }: Place): string {
  const reason = error.message || error.code || 'no reason given'
  const said = error.name === 'Error' ? reason : `${error.name}: ${reason}`
  switch (code) {
    case 'bucket_missing':
      return `${server} has no bucket ${bucket}: make it, or name another.`
    case 'wrong_region':
      return `The bucket ${bucket} is not in the region ${region}: set S3_REGION to its own (${said}).`
    case 'forbidden':
      return error.name === 'CredentialsProviderError'
        ? `${server} needs credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile.`
        : `${server} refuses these credentials the bucket ${bucket} (${said}).`
    case 'unavailable':
      return `${server} cannot be reached, or is in trouble (${said}).`
    case 'overloaded':
      return `${server} asks for fewer requests (${said}).`
    case 'disk':
      return `A local copy of an object failed: ${error.message}`
    default:
      return `${server}, bucket ${bucket}: ${said}`
  }
}
