-- Takes a permit back and remembers how it went. Times are microseconds.
--
-- KEYS: the state (hash), the permits that are out.
-- Answer: 1 if the permit was still out, else 0.

local id, outcome, began, refund, gap = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local retryAfter, requests, per, concurrency, learntFor = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9]), tonumber(ARGV[10])
local failures, firstOpen, longestOpen = tonumber(ARGV[11]), tonumber(ARGV[12]), tonumber(ARGV[13])
local ANSWERED, FAILED, LIMITED, UNSENT = 0, 1, 2, 4

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local function get(field) return tonumber(redis.call('HGET', KEYS[1], field) or 0) end
local function set(field, value) redis.call('HSET', KEYS[1], field, string.format('%.0f', value)) end

-- What follows can be done twice without harm; what counts up cannot.
if outcome ~= UNSENT then set('rest', math.max(get('rest'), now + gap)) end
if requests > 0 then
  set('learntRequests', requests)
  set('learntPer', per)
  set('learntUntil', now + learntFor)
end
if concurrency > 0 then
  set('learntConcurrency', concurrency)
  set('learntUntil', now + learntFor)
end
if retryAfter > 0 then set('hold', math.max(get('hold'), now + retryAfter)) end
redis.call('PEXPIRE', KEYS[1], 90000000)
if redis.call('ZREM', KEYS[2], id) == 0 then return {0} end

if refund ~= 0 then set('full', get('full') - refund) end
if outcome == ANSWERED or outcome == LIMITED then
  redis.call('HDEL', KEYS[1], 'failures', 'opened', 'openUntil')
end
if outcome == ANSWERED then
  redis.call('HDEL', KEYS[1], 'limited')
  set('succeeded', now)
  -- How long it usually takes, for telling others when to come: a moving mean.
  local took, usual = now - began, get('usual')
  set('usual', usual == 0 and took or usual + (took - usual) / 5)
elseif outcome == LIMITED then
  local times = redis.call('HINCRBY', KEYS[1], 'limited', 1)
  if retryAfter == 0 then set('hold', math.max(get('hold'), now + 1000000 * 2 ^ math.min(times - 1, 6))) end
elseif outcome == FAILED then
  set('failed', now)
  local opened, times = get('opened'), redis.call('HINCRBY', KEYS[1], 'failures', 1)
  -- What was under way when the circuit opened does not open it again.
  if failures > 0 and get('openUntil') <= now and (opened > 0 or times >= failures) then
    set('opened', opened + 1)
    set('openUntil', now + math.min(firstOpen * 2 ^ math.min(opened, 20), longestOpen))
  end
end
return {1}
