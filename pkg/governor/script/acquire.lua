-- Gives a permit, or says how long to wait. All times are microseconds of Redis'
-- clock. Numbers are written with %.0f: Lua's own form rounds to 14 digits.
--
-- KEYS: the state (hash), the permits that are out (sorted by the end of their lease),
-- the line (tickets sorted by their order), what is known of each ticket (hash of
-- "due misses weight").
-- Answer: 0, time, cost in microseconds; or 1 + reason, time to wait, 0.

local id, ticket, weight, lease = ARGV[1], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
local requests, per, burst, maxRequests = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local concurrency, maxConcurrency, gap, strict = tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11]), ARGV[12] == '1'
local longestWait, patience, forget = tonumber(ARGV[13]), tonumber(ARGV[14]), tonumber(ARGV[15])
local TURN, HOLD, OPEN = 1, 2, 3
local KEEP_STATE, KEEP_LINE = 90000000, 300000 -- milliseconds: longer than what was learnt, than any ticket

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local function text(n) return string.format('%.0f', n) end

local state = {}
local flat = redis.call('HGETALL', KEYS[1])
for i = 1, #flat, 2 do state[flat[i]] = tonumber(flat[i + 1]) end
local function get(field) return state[field] or 0 end
local changes = {}
local function set(field, value)
  state[field] = value
  changes[#changes + 1] = field
  changes[#changes + 1] = text(value)
end
local function answer(...)
  if #changes > 0 then redis.call('HSET', KEYS[1], unpack(changes)) end
  redis.call('PEXPIRE', KEYS[1], KEEP_STATE)
  return {...}
end

-- The connection broke after the script had run, and the client asks again.
if redis.call('ZSCORE', KEYS[2], id) then return {0, now, 0} end

-- A permit whose lease has ended counts as given back at its end.
local rest = get('rest')
if #flat == 0 and strict then rest = now + gap end
local ended = redis.call('ZREVRANGEBYSCORE', KEYS[2], now, '-inf', 'WITHSCORES', 'LIMIT', 0, 1)
if #ended > 0 then
  rest = math.max(rest, ended[2] + gap)
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
end
-- No rest is longer than a gap, should Redis' clock have been set back.
rest = math.min(rest, now + gap)
if rest ~= get('rest') or #flat == 0 then set('rest', rest) end

-- The limit, with what the other side said about it.
if get('learntUntil') > now then
  local told, toldPer, toldAtOnce = get('learntRequests'), get('learntPer'), get('learntConcurrency')
  if told > 0 and requests > 0 then
    local most = math.max(requests, maxRequests)
    if told / toldPer > most / per then requests = most else requests, per = told, toldPer end
  end
  if toldAtOnce > 0 and concurrency > 0 and gap == 0 then
    concurrency = math.min(toldAtOnce, math.max(concurrency, maxConcurrency))
  end
end
-- After an open circuit one goes first, to see whether it works again.
if get('opened') > 0 then concurrency = 1 end

local hold = math.min(get('hold'), now + 86400000000)
if get('openUntil') > now then return answer(OPEN, get('openUntil') - now, 0) end

-- Those before this ticket whose turn is kept, and how much they weigh.
local function kept(misses) return patience * 2 ^ math.min(misses, 5) end
local ahead, aheadWeight, place, misses = 0, 0, false, 0
local line, known = redis.call('ZRANGE', KEYS[3], 0, -1), {}
if #line > 0 then
  local all = redis.call('HGETALL', KEYS[4])
  for i = 1, #all, 2 do known[all[i]] = all[i + 1] end
end
for _, other in ipairs(line) do
  local due, missed, heavy = string.match(known[other] or '0 0 1', '(%d+) (%d+) (%d+)')
  due, missed = tonumber(due), tonumber(missed)
  if other == ticket then
    place, misses = true, missed
    if now > due + kept(missed) then misses = missed + 1 end
    break
  elseif due + forget < now then
    redis.call('ZREM', KEYS[3], other)
    redis.call('HDEL', KEYS[4], other)
  elseif due + kept(missed) >= now then
    ahead, aheadWeight = ahead + 1, aheadWeight + heavy
  end
end

-- When its turn comes: after the rest and the pause, when the bucket has enough for
-- all of them, and when so many permits have come back.
local begin = math.max(now, rest, hold)
local turn, cost, full = begin, 0, math.max(now, get('full'))
if requests > 0 then
  if burst <= 0 then burst = math.floor(requests / 10) end
  burst = math.min(math.max(burst, 1), requests)
  local each = math.ceil(per / (requests - burst + 1)) -- whole, so that sums are exact
  if full > now + 2 * per + burst * each then -- the clock has been set back
    full = now + 2 * per
    set('full', full)
  end
  cost = weight * each
  turn = math.max(turn, full + (aheadWeight + weight - math.max(burst, weight)) * each)
end
if concurrency > 0 then
  local over = redis.call('ZCARD', KEYS[2]) + ahead + 1 - concurrency
  -- A permit is out for at least as long as the shortest were: who is told too early a
  -- time asks once more, but one who is told too late a time leaves the place idle.
  local usual = math.max(get('shortest'), 20000) + gap
  if over > 0 then turn = math.max(turn, begin + math.ceil(over * usual / concurrency)) end
end

if turn <= now then
  if requests > 0 then set('full', full + cost) end
  redis.call('ZADD', KEYS[2], text(now + lease), id)
  -- Its end has to be seen by whoever asks next, also after a crash.
  local keep = math.ceil((lease + gap) / 1000) + 60000
  if redis.call('PTTL', KEYS[2]) < keep then redis.call('PEXPIRE', KEYS[2], text(keep)) end
  if place then
    redis.call('ZREM', KEYS[3], ticket)
    redis.call('HDEL', KEYS[4], ticket)
  end
  return answer(0, now, cost)
end

local after = math.ceil(math.min(turn - now, math.max(longestWait, hold - now)))
if ticket ~= '' then
  if not place then
    set('order', get('order') + 1)
    redis.call('ZADD', KEYS[3], text(get('order')), ticket)
  end
  redis.call('HSET', KEYS[4], ticket, text(now + after) .. ' ' .. text(misses) .. ' ' .. text(weight))
  redis.call('PEXPIRE', KEYS[3], KEEP_LINE)
  redis.call('PEXPIRE', KEYS[4], KEEP_LINE)
end
return answer(hold > now and HOLD or TURN, after, 0)
