// The steps that change top lists in Redis, each as a whole. They keep account of the bytes that lists take, by what
// Redis itself says of their keys, so that no budget depends on how often a step is repeated. All of a key is measured:
// by default Redis looks at five members, the least counted ones, and a sender chooses how long ids are.
import { RedisScript } from '../redis/script.ts'
import { FULL_SHARE, FULL_VIDEOS } from './top-limits.ts'

const ACCOUNT = `
local function used(first)
  local sum = 0
  for at = first, #KEYS do sum = sum + (redis.call('MEMORY', 'USAGE', KEYS[at], 'SAMPLES', 0) or 0) end
  return sum
end
local function account(before, after)
  redis.call('HINCRBY', KEYS[1], ARGV[1], after - before)
  redis.call('HINCRBY', KEYS[1], 'all', after - before)
end
`

/**
 * KEYS: bytes, list, index, groups. ARGV: hour, minute, group, list, TTL, the bytes that all lists and the videos that
 * this one may hold, rows.
 * Opens no list where there is no room at all; then the minute is lost.
 */
const OPEN = `${ACCOUNT}
local bytes = tonumber(redis.call('HGET', KEYS[1], 'all') or '0')
local isNew = redis.call('EXISTS', KEYS[2]) == 0
if isNew and bytes >= tonumber(ARGV[6]) then
  local lost = tonumber(redis.call('HGET', KEYS[1], 'lost') or '0')
  redis.call('HSET', KEYS[1], 'lost', math.max(lost, ARGV[2] + 1))
  redis.call('PEXPIRE', KEYS[1], ARGV[5])
  return
end
local before = used(2)
`

const CLOSE = `
redis.call('HSET', KEYS[3], ARGV[4], redis.call('HINCRBY', KEYS[1], 'version', 1))
redis.call('SADD', KEYS[4], ARGV[3])
for at = 1, #KEYS do redis.call('PEXPIRE', KEYS[at], ARGV[5]) end
account(before, used(2))
`

/** Rows: total and video, by turns. Those below the floor are left out: any video that is not listed may have them. */
export const WRITE_TOTALS = new RedisScript(`${OPEN}
local floor = tonumber(redis.call('ZSCORE', KEYS[2], '') or '-1')
local rows = {}
for at = 8, #ARGV, 2 do
  if tonumber(ARGV[at]) >= floor then
    rows[#rows + 1] = ARGV[at]
    rows[#rows + 1] = ARGV[at + 1]
  end
end
if #rows == 0 then return end
local most = tonumber(ARGV[7])
if bytes >= ${FULL_SHARE} * tonumber(ARGV[6]) then
  most = math.max(redis.call('ZCARD', KEYS[2]), ${FULL_VIDEOS})
end
redis.call('ZADD', KEYS[2], 'GT', unpack(rows))
local over = redis.call('ZCARD', KEYS[2]) - most
if over > 0 then
  local gone = redis.call('ZPOPMIN', KEYS[2], over)
  redis.call('ZADD', KEYS[2], gone[#gone], '')
end
${CLOSE}`)

/** Rows: upTo, correction and video. What finds no room widens the bounds of all videos. */
export const WRITE_CORRECTIONS = new RedisScript(`${OPEN}
for at = 8, #ARGV, 3 do
  local count, video = tonumber(ARGV[at + 1]), ARGV[at + 2]
  local held = redis.call('HGET', KEYS[2], video)
  if held then
    if tonumber(string.match(held, '^%d+')) < tonumber(ARGV[at]) then
      redis.call('HSET', KEYS[2], video, ARGV[at] .. ' ' .. ARGV[at + 1])
    end
  elseif redis.call('HLEN', KEYS[2]) < tonumber(ARGV[7]) then
    redis.call('HSET', KEYS[2], video, ARGV[at] .. ' ' .. ARGV[at + 1])
  else
    local up, down = string.match(redis.call('HGET', KEYS[2], '') or '0 0', '(%d+) (%d+)')
    redis.call('HSET', KEYS[2], '', math.max(up, count) .. ' ' .. math.max(down, -count))
  end
end
${CLOSE}`)

/**
 * KEYS: bytes, index, the closed list, lists that it replaces. ARGV: hour, TTL, list, its bytes, then names and the
 * versions that they must have. Returns 1, or 0 if one has another version.
 */
export const REPLACE_LISTS = new RedisScript(`${ACCOUNT}
for at = 5, #ARGV, 2 do
  if (redis.call('HGET', KEYS[2], ARGV[at]) or '0') ~= ARGV[at + 1] then return 0 end
end
local before = used(2)
for at = 5, #ARGV, 2 do redis.call('HDEL', KEYS[2], ARGV[at]) end
for at = 4, #KEYS do redis.call('DEL', KEYS[at]) end
redis.call('SET', KEYS[3], ARGV[4], 'PX', ARGV[2])
redis.call('HSET', KEYS[2], ARGV[3], redis.call('HINCRBY', KEYS[1], 'version', 1))
redis.call('PEXPIRE', KEYS[2], ARGV[2])
account(before, used(2))
return 1
`)

/** KEYS: bytes, keys to drop. ARGV: hour. */
export const DROP_KEYS = new RedisScript(`${ACCOUNT}
local before = used(2)
for at = 2, #KEYS do redis.call('UNLINK', KEYS[at]) end
account(before, 0)
`)

/** KEYS: bytes. ARGV: the minute before which rows are lost. */
export const LOSE_BEFORE = new RedisScript(`
local lost = tonumber(redis.call('HGET', KEYS[1], 'lost') or '0')
redis.call('HSET', KEYS[1], 'lost', math.max(lost, ARGV[1]))
`)

/** KEYS: bytes. ARGV: hour. What keys took that expired is given back, too. */
export const DROP_HOUR = new RedisScript(`
local rest = tonumber(redis.call('HGET', KEYS[1], ARGV[1]) or '0')
redis.call('HINCRBY', KEYS[1], 'all', 0 - rest) -- -0 is no number to Redis
redis.call('HDEL', KEYS[1], ARGV[1])
`)

/** ARGV: source, the offset of the previous record, the new offset, its log time, the minute for a new start, TTL. */
export const WRITE_RECORD = new RedisScript(`
local since = ARGV[5]
local held = redis.call('HGET', KEYS[1], ARGV[1])
if held then
  local heldSince, through = string.match(held, '^(%d+) (%-?%d+) ')
  if tonumber(through) >= tonumber(ARGV[2]) then since = heldSince end
  if tonumber(through) > tonumber(ARGV[3]) and since == heldSince then return end
end
redis.call('HSET', KEYS[1], ARGV[1], since .. ' ' .. ARGV[3] .. ' ' .. ARGV[4])
redis.call('PEXPIRE', KEYS[1], ARGV[6])
`)
