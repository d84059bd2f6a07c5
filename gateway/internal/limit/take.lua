-- Takes up to ARGV[1] requests from the quota of KEYS[1], which has ARGV[2] of them
-- in ARGV[3] microseconds. The key holds when the quota is whole again. Whole
-- numbers of microseconds fit a Lua number exactly for centuries.
local want, limit, window = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local each = math.floor(window / limit)
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local whole = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local left = math.floor((now + each * limit - whole) / each)
if left < 1 then
  return { 0, 0, whole + each - each * limit - now, whole - now }
end
local count = math.min(want, left)
whole = whole + each * count
redis.call('SET', KEYS[1], string.format('%.0f', whole), 'PX', math.ceil((whole - now) / 1000))
return { count, left - count, 0, whole - now }
