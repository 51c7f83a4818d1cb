-- Counts one request with the generic cell rate algorithm.
--
-- KEYS[1]: the key of the counter. ARGV: the interval in which one request is refilled in nanoseconds, the size of the
-- quota.
--
-- `now` is defined by a line before this text: the seconds and microseconds of the server's clock, so that the clocks
-- of the replicas do not matter.
--
-- Returns 1 and the remaining number of requests, or 0 and the number of nanoseconds to wait.
--
-- The value is the time at which the quota is full again: seconds, ':', nanoseconds. A Lua number cannot hold this time
-- in nanoseconds, but it can hold any quota. So the computation uses the time from now, in nanoseconds.
local interval, requests = tonumber(ARGV[1]), tonumber(ARGV[2])
local seconds, nanoseconds = tonumber(now[1]), tonumber(now[2]) * 1000
local quota, spent = interval * requests, 0
local kept = redis.call('GET', KEYS[1])
if kept then
   local whole_seconds, whole_nanoseconds = string.match(kept, '^(%d+):(%d+)$')
   spent = (whole_seconds - seconds) * 1e9 + (whole_nanoseconds - nanoseconds)
   -- It exceeds the quota if the quota was larger before, or if the clock was set back.
   spent = math.max(0, math.min(spent, quota))
end
local wait = spent + interval - quota
if wait > 0 then return {0, wait} end
spent = spent + interval
local whole = nanoseconds + spent
local text = string.format('%d:%d', seconds + math.floor(whole / 1e9), whole % 1e9)
-- One more millisecond, because the clock by which Redis expires keys may be behind `now`.
redis.call('SET', KEYS[1], text, 'PX', math.ceil(spent / 1e6) + 1)
return {1, math.floor((quota - spent) / interval)}
