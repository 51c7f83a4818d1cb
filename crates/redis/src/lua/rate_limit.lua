-- Counts one request by the generic cell rate algorithm.
-- KEYS[1] for whom; ARGV: in how many nanoseconds one request comes back, how many may come at once
-- `now` is set in front of this: the seconds and microseconds of the server, so that replicas need no clock.
-- Answers 1 and how many more may come at once, or 0 and for how many nanoseconds none may.
--
-- What is kept is when the quota is whole again: seconds, ':', nanoseconds. One number of this language does
-- not hold both, but any quota; so everything is computed as time from now, to the nanosecond.
local interval, requests = tonumber(ARGV[1]), tonumber(ARGV[2])
local seconds, nanoseconds = tonumber(now[1]), tonumber(now[2]) * 1000
local quota, spent = interval * requests, 0
local kept = redis.call('GET', KEYS[1])
if kept then
   local whole_seconds, whole_nanoseconds = string.match(kept, '^(%d+):(%d+)$')
   spent = (whole_seconds - seconds) * 1e9 + (whole_nanoseconds - nanoseconds)
   -- More than all of it, where the quota was larger before or the clock was set back.
   spent = math.max(0, math.min(spent, quota))
end
local wait = spent + interval - quota
if wait > 0 then return {0, wait} end
spent = spent + interval
local whole = nanoseconds + spent
local text = string.format('%d:%d', seconds + math.floor(whole / 1e9), whole % 1e9)
-- A millisecond more: the server's idea of when a key ends is older than `now`.
redis.call('SET', KEYS[1], text, 'PX', math.ceil(spent / 1e6) + 1)
return {1, math.floor((quota - spent) / interval)}
