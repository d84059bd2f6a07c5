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
local state = {}
local flat = redis.call('HGETALL', KEYS[1])
for i = 1, #flat, 2 do state[flat[i]] = tonumber(flat[i + 1]) end
local function get(field) return state[field] or 0 end
local changes = {}
local function set(field, value)
  state[field] = value
  changes[#changes + 1] = field
  changes[#changes + 1] = string.format('%.0f', value)
end
local function answer(n)
  if #changes > 0 then redis.call('HSET', KEYS[1], unpack(changes)) end
  redis.call('PEXPIRE', KEYS[1], 90000000)
  return {n}
end

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
if redis.call('ZREM', KEYS[2], id) == 0 then return answer(0) end

if refund ~= 0 then set('full', get('full') - refund) end
if outcome == ANSWERED or outcome == LIMITED then
  for _, field in ipairs({'failures', 'opened', 'openUntil'}) do
    if get(field) > 0 then set(field, 0) end
  end
end
if outcome == ANSWERED then
  if get('limited') > 0 then set('limited', 0) end
  set('succeeded', now)
  -- How long it takes at least: a minimum that slowly follows when it takes longer.
  local took, shortest = now - began, get('shortest')
  set('shortest', (shortest == 0 or took < shortest) and took or shortest + (took - shortest) / 20)
elseif outcome == LIMITED then
  local times = get('limited') + 1
  set('limited', times)
  if retryAfter == 0 then set('hold', math.max(get('hold'), now + 1000000 * 2 ^ math.min(times - 1, 6))) end
elseif outcome == FAILED then
  set('failed', now)
  local opened, times = get('opened'), get('failures') + 1
  set('failures', times)
  -- What was under way when the circuit opened does not open it again.
  if failures > 0 and get('openUntil') <= now and (opened > 0 or times >= failures) then
    set('opened', opened + 1)
    set('openUntil', now + math.min(firstOpen * 2 ^ math.min(opened, 20), longestOpen))
  end
end
return answer(1)
